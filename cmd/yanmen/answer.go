package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
)

func (c *command) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [FILE…]",
		Short: "核验案件文件，显示留存与离开的内容 · answer case files; show what stays and what leaves",
		Long: "核验案件文件（.json 一文件一案，.ndjson 一行一案；不给文件则从标准输入读一案或一行一案）。答复落盘之后才显示。\n" +
			"Answers case files (.json: one case; .ndjson: one a line; none: standard input, either). An answer is shown once it is durable.",
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "每行输出一个 JSON 答复 · one JSON answer a line")
	ask := cmd.Flags().String("ask", string(agent.AskNever), "答复前询问数据源：never | missing | always（不带值即 missing）· ask sources first (missing, if no value)")
	cmd.Flags().Lookup("ask").NoOptDefVal = string(agent.AskMissing)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if m := agent.AskMode(*ask); m != agent.AskNever && m != agent.AskMissing && m != agent.AskAlways {
			return usage(errors.New("verify: want --ask=never, missing or always"))
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			denied := false
			err := c.eachFile(args, intake.Options{}, func(f *agent.File) error {
				r, asked, err := h.VerifyAsking(ctx, f, agent.AskMode(*ask))
				c.printAsked(h, asked)
				if err != nil {
					return err
				}
				denied = denied || len(r.Denials) > 0
				return c.print(h, r, statementsOf(f))
			})
			if err == nil && denied {
				return silently(exitDenied)
			}
			return err
		})
	}
	return cmd
}

// printAsked says what became of each source, beside the answers.
func (c *command) printAsked(h *house.House, asked []agent.Asked) {
	for _, a := range asked {
		fmt.Fprintf(c.err, "%s %s: %s\n", a.Source, report.KindWord(report.Lang(c.lang), a.Kind), report.AskedWord(report.Lang(c.lang), a.State))
		for _, code := range a.Codes {
			word, ok := report.CodeWord(report.Lang(c.lang), string(code))
			if !ok { // a denial: the rules have its words
				word, _, _ = h.Explain(code, c.lang)
			}
			fmt.Fprintf(c.err, "  %s  %s\n", code, word)
		}
	}
}

func (c *command) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "导入证据，不提出问题 · take in evidence without a question",
		Args:  cobra.MinimumNArgs(1),
	}
	purpose := cmd.Flags().String("purpose", "", "application | drawdown | overdue（文件未写 case 时必填 · required where a file has no case）")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			n := 0
			err := c.eachFile(args, intake.Options{NoCase: true}, func(f *agent.File) error {
				if f.Case.Purpose == "" {
					f.Case.Purpose = agent.Purpose(*purpose)
				}
				if f.Case.Purpose == "" {
					return usage(errors.New("import: give --purpose, or a case in the file"))
				}
				id, err := h.Agent.Import(ctx, f)
				if err != nil {
					return err
				}
				n++
				_, err = fmt.Fprintf(c.out, "%s %d\n", id, len(f.Collected))
				return err
			})
			return err
		})
	}
	return cmd
}

func (c *command) showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show CASE",
		Short: "显示一个案件的结论（打开会记入日志）· show the finding of a case; that it was opened is journalled",
		Args:  cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			fd, err := h.Agent.Show(ctx, args[0])
			if err != nil {
				return err
			}
			return c.print(h, &fd.Result, nil)
		})
	}
	return cmd
}

func (c *command) eraseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "erase SUBJECT",
		Short: "删除一名借款人的全部数据 · erase everything about one subject",
		Long: "删除一名借款人：销毁其数据密钥，之后任何人都无法读取，也无法试出此人曾在库中；已送达的判定会通知平台删除。\n" +
			"SUBJECT 是核验答复中的随机编号；--case 用案件号查找；--number-stdin 从标准输入读证件号码（不留在命令行历史里）。\n" +
			"Erases one subject: destroys what opens its data, so that nobody can read it or test whether the person was here; platforms are told.",
		Args: cobra.MaximumNArgs(1),
	}
	byCase := cmd.Flags().String("case", "", "按案件号查找 · find the subject by a case id")
	byNumber := cmd.Flags().Bool("number-stdin", false, "从标准输入读证件号码 · read the identity number from standard input")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given := len(args)
		if *byCase != "" {
			given++
		}
		if *byNumber {
			given++
		}
		if given != 1 {
			return usage(errors.New("erase: give a subject, --case or --number-stdin"))
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			id, err := c.subject(ctx, h, args, *byCase)
			if err != nil {
				return err
			}
			if err := h.Agent.Erase(ctx, id); err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, c.say("已删除", "erased"))
			return err
		})
	}
	return cmd
}

func (c *command) subject(ctx context.Context, h *house.House, args []string, byCase string) (agent.SubjectID, error) {
	if len(args) == 1 {
		id, err := agent.ParseSubjectID(args[0])
		if err != nil {
			return id, usage(err)
		}
		return id, nil
	}
	kind, value := agent.IndexCase, agent.NewPersonal(byCase)
	if byCase == "" {
		b, err := io.ReadAll(io.LimitReader(c.in, 256))
		if err != nil {
			return agent.SubjectID{}, errors.New("read standard input")
		}
		kind, value = agent.IndexNumber, agent.NewPersonal(strings.TrimSpace(string(b)))
		if value.IsZero() {
			return agent.SubjectID{}, usage(errors.New("erase: there is no number on standard input"))
		}
	}
	id, ok, err := h.Agent.Subject(ctx, kind, value)
	if err == nil && !ok {
		err = fail(exitUnknown, errors.New("erase: no such subject"))
	}
	return id, err
}

// withHouse opens the agent's folder for one command.
func (c *command) withHouse(ctx context.Context, do func(context.Context, *house.House) error) (err error) {
	h, err := house.Open(c.dir, house.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := h.Close(); err == nil {
			err = cerr
		}
	}()
	return do(ctx, h)
}

// openInput opens a file that was named on the command line. The error says what
// it was and not its name, which may name a person.
func openInput(what, path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *os.PathError
		errors.As(err, &pe)
		return nil, fail(exitInput, fmt.Errorf("open %s: %w", what, pe.Err))
	}
	return f, nil
}

// eachFile reads case files and hands over each well-formed case. A faulty one
// is reported and the rest go on; the error at the end says that there was one.
func (c *command) eachFile(paths []string, o intake.Options, do func(*agent.File) error) error {
	faulty := false
	read := func(name string, r io.Reader, o intake.Options) error {
		for f, err := range intake.Read(r, o) {
			if err != nil {
				faulty = true
				c.faults(name, err)
				continue
			}
			if err := do(f); err != nil {
				return err
			}
		}
		return nil
	}
	if len(paths) == 0 {
		in, lines := linesOf(c.in)
		o.Lines = lines
		if err := read("-", in, o); err != nil {
			return err
		}
	}
	for i, p := range paths {
		if err := func() error {
			name := fmt.Sprintf("#%d", i+1)
			f, err := openInput("file "+name, p)
			if err != nil {
				return err
			}
			defer f.Close()
			o := o
			o.Lines = strings.HasSuffix(p, ".ndjson") || strings.HasSuffix(p, ".jsonl")
			if o.Files, err = os.OpenRoot(filepath.Dir(p)); err != nil {
				return fail(exitInput, fmt.Errorf("open folder of file %s", name))
			}
			defer o.Files.Close()
			return read(name, f, o)
		}(); err != nil {
			return err
		}
	}
	if faulty {
		return silently(exitInput)
	}
	return nil
}

// linesOf tells whether standard input has one case a line, or one case over
// several lines, and gives all of it back. It reads no further than the first
// line that is not blank: whoever sends the lines may wait for each answer. A
// case on a line of its own ends with its brace; one over several lines is
// broken after a delimiter.
func linesOf(r io.Reader) (all io.Reader, lines bool) {
	const most = 64 << 10 // a longer first line is a case of its own
	in := bufio.NewReaderSize(r, most)
	var head []byte
	for {
		piece, err := in.ReadSlice('\n')
		head = append(head, piece...)
		text := bytes.TrimSpace(piece)
		if len(text) == 0 && err == nil && len(head) < most {
			continue
		}
		broken := len(text) > 0 && err == nil && bytes.IndexByte([]byte("{[,:"), text[len(text)-1]) >= 0
		return io.MultiReader(bytes.NewReader(head), in), !broken
	}
}

// faults prints what is wrong with a file: place, rule and remedy.
func (c *command) faults(name string, err error) {
	var list intake.Errors
	if !errors.As(err, &list) {
		fmt.Fprintf(c.err, "yanmen: %s %s: %v\n", c.say("文件", "file"), name, err)
		return
	}
	for _, e := range list {
		fmt.Fprintf(c.err, "yanmen: %s %s: %v\n", c.say("文件", "file"), name, e)
	}
}

// statementsOf lists the statements that came with a file.
func statementsOf(f *agent.File) (all []*agent.Statement) {
	for i := range f.Collected {
		if s, ok := f.Collected[i].Data.(*agent.Statement); ok {
			all = append(all, s)
		}
	}
	return all
}

func (c *command) print(h *house.House, r *agent.Result, statements []*agent.Statement) error {
	if c.json {
		b, err := json.Marshal(r)
		if err != nil {
			return errors.New("encode answer")
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	if err := report.Write(c.out, report.Lang(c.lang), r, h.Explain, statements); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out)
	return err
}

func (c *command) say(zh, en string) string {
	if c.lang == "zh" {
		return zh
	}
	return en
}
