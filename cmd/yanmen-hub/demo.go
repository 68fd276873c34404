package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/wire"
)

func (c *command) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "用二十名虚构借款人走完全程 · the whole way on twenty synthetic borrowers",
		Args:  cobra.NoArgs,
	}
	keep := cmd.Flags().Bool("keep", false, "结束后保留目录 · leave the folder behind")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := os.MkdirTemp("", "yanmen-demo-")
		if err != nil {
			return errors.New("demo: cannot make a temporary folder")
		}
		if !*keep {
			defer os.RemoveAll(dir)
		}
		d := &demo{c: c, dir: dir, lang: report.Lang(c.lang), start: time.Now(), seen: make(chan platform.Received, 64)}
		if err := d.run(cmd.Context()); err != nil {
			c.err.Write(d.logs.bytes())
			return fmt.Errorf("demo: %w", err)
		}
		if *keep {
			fmt.Fprintln(c.out, dir)
		}
		return nil
	}
	return cmd
}

// A demo is one run: an agent with a fresh folder, a broker on disk and the
// platform behind it, in one process.
type demo struct {
	c     *command
	dir   string
	lang  report.Lang
	start time.Time
	seen  chan platform.Received
	logs  logs
}

// demoWait bounds how long the demo waits for the platform.
const demoWait = 30 * time.Second

func (d *demo) run(ctx context.Context) error {
	// Whatever this process or a library puts into temporary files is searched too.
	tmp := filepath.Join(d.dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	os.Setenv("TMPDIR", tmp)
	log := slog.New(slog.NewTextHandler(&d.logs, nil))

	hubDir, agentDir := filepath.Join(d.dir, "hub"), filepath.Join(d.dir, "agent")
	h, err := openHub(hubConfig{dir: hubDir, name: synthetic.Recipient, log: log, accepted: func(rs []platform.Received) {
		for _, r := range rs {
			d.seen <- r
		}
	}})
	if err != nil {
		return err
	}
	stopHub := runHub(ctx, h)
	defer func() {
		if stopHub != nil {
			stopHub()
		}
	}()

	if err := d.enrol(h, hubDir, agentDir); err != nil {
		return err
	}
	a, err := house.Open(agentDir, house.Options{Logger: log})
	if err != nil {
		return err
	}
	u, err := a.UplinkInProcess(a.Config.Platforms[0], log, h.broker)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	linkCtx, stopLink := context.WithCancel(ctx)
	var link sync.WaitGroup
	link.Go(func() { u.Run(linkCtx) })
	closeAgent := sync.OnceValue(func() error {
		stopLink()
		link.Wait()
		return a.Close()
	})
	defer closeAgent()

	all := synthetic.Situations(time.Now())
	answers, err := d.ask(ctx, a, all)
	if err != nil {
		return err
	}
	if err := d.erase(ctx, a, all, answers); err != nil {
		return err
	}
	if err := closeAgent(); err != nil {
		return err
	}
	stop := stopHub
	stopHub = nil
	if err := stop(); err != nil {
		return err
	}
	return d.search(all, answers[0].Leaves.ID)
}

// enrol makes the agent, lets the platform believe it by fingerprint and pins
// the platform's keys at the agent.
func (d *demo) enrol(h *hub, hubDir, agentDir string) error {
	if err := os.Mkdir(agentDir, 0o700); err != nil {
		return err
	}
	platforms := "platforms:\n  - id: " + synthetic.Recipient + "\n    servers: [\"nats://in-process\"]\n    keys_file: " + filepath.Join(hubDir, publicFile) + "\n"
	text := synthetic.Config("demo-agent", "demo-lender", "127.0.0.1:0", platforms)
	if err := os.WriteFile(filepath.Join(agentDir, house.ConfigFile), []byte(text), 0o600); err != nil {
		return err
	}
	fp, err := house.Init(agentDir, "demo-agent", "demo-lender", false)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(agentDir, house.EnrolmentFile))
	if err != nil {
		return err
	}
	e, err := wire.ParseEnrolment(b)
	if err != nil {
		return err
	}
	d.say("代理 %s 已用指纹登记：%s\n", "agent %s enrolled by fingerprint: %s\n", e.Agent, fp)
	return h.registry.Enrol(e, fp)
}

// ask sends each case through the agent and shows the verdict as the platform
// received and verified it.
func (d *demo) ask(ctx context.Context, a *house.House, all []synthetic.Situation) ([]*agent.Result, error) {
	var results []*agent.Result
	for i, s := range all {
		title := s.EN
		if d.lang == report.Chinese {
			title = s.ZH
		}
		fmt.Fprintf(d.c.out, "\n%d. %s\n", i+1, title)
		f, err := intake.Parse(s.File, intake.Options{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		r, err := a.Agent.Verify(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		results = append(results, r)
		if r.Leaves == nil {
			d.denials(a, r)
			continue
		}
		got, err := d.receive(ctx, wire.KindVerdict)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		if got.ID != r.Leaves.ID {
			return nil, fmt.Errorf("%s: the platform received another verdict", s.ID)
		}
		d.say("   平台已验签：序号 %d，代理 %s\n", "   verified by the platform: number %d of %s\n", got.Seq, got.Agent)
		for _, row := range report.Claims(d.lang, &got.Verdict.Claims) {
			fmt.Fprintf(d.c.out, "     %s%s %s\n", row.Label, strings.Repeat(" ", max(1, 14-report.Width(row.Label))), row.Value)
		}
		d.stays(r.Judgement)
	}
	return results, nil
}

// stays shows what the lender is told beside what the platform received.
func (d *demo) stays(j *agent.Judgement) {
	if j == nil {
		return
	}
	if fen, ok := j.Offer.Value(); ok {
		d.say("   留在本机构：可批 %d 元\n", "   stays with the lender: an offer of %d yuan\n", fen/100)
	}
	if j.Proposal != "" {
		d.say("   留在本机构：提请人工决定（%s）\n", "   stays with the lender: people are asked to decide (%s)\n", j.Proposal)
	}
}

func (d *demo) denials(a *house.House, r *agent.Result) {
	d.say("   策略不允许，没有任何信息离开本机构：\n", "   policy denies; nothing leaves:\n")
	for i, p := range r.Denials {
		if i > 0 && p.Point == agent.PointDisclose {
			continue // it denies because an earlier point did
		}
		for _, c := range p.Codes {
			title, cites, _ := a.Explain(c, string(d.lang))
			fmt.Fprintf(d.c.out, "     %s  %s\n", c, title)
			for _, cite := range cites {
				fmt.Fprintf(d.c.out, "       %s\n", cite)
			}
		}
	}
}

func (d *demo) receive(ctx context.Context, kind string) (*platform.Received, error) {
	timer := time.NewTimer(demoWait)
	defer timer.Stop()
	for {
		select {
		case r := <-d.seen:
			if r.Kind == kind {
				return &r, nil
			}
		case <-timer.C:
			return nil, errors.New("the platform received nothing in time")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// erased is which situation's borrower the demo erases.
const erased = 2

// erase erases one borrower and shows that nothing opens any more.
func (d *demo) erase(ctx context.Context, a *house.House, all []synthetic.Situation, results []*agent.Result) error {
	s, r := all[erased], results[erased]
	d.say("\n删除第 %d 名借款人\n", "\nerasing borrower %d\n", erased+1)
	id, err := agent.ParseSubjectID(r.Subject)
	if err != nil {
		return err
	}
	if err := a.Agent.Erase(ctx, id); err != nil {
		return err
	}
	if _, err := a.Agent.Show(ctx, s.ID); !errors.Is(err, agent.ErrUnknownCase) {
		return errors.New("the case of the erased borrower still opens")
	}
	if _, ok, err := a.Agent.Subject(ctx, agent.IndexNumber, agent.NewPersonal(s.Person.Number)); err != nil || ok {
		return errors.New("the erased borrower can still be found by number")
	}
	if _, err := d.receive(ctx, wire.KindErased); err != nil {
		return err
	}
	if _, err := a.Agent.Show(ctx, all[erased+1].ID); err != nil {
		return errors.New("another borrower's case no longer opens")
	}
	d.say("   按案件号、按证件号码都找不到了；平台已收到删除通知；其他借款人照常可读\n",
		"   found neither by case nor by number; the platform was told to erase; others open as before\n")
	report, err := a.VerifyJournal(ctx)
	if err != nil {
		return err
	}
	check, err := a.Store.Check(ctx)
	if err != nil {
		return err
	}
	if !report.OK() || len(check.Problems) > 0 {
		return errors.New("journal or store does not verify after the erasure")
	}
	d.say("   审计日志 %d 条，全部哈希重算无误；库中每个值核验无误\n", "   journal of %d entries: every hash holds; every stored value authenticates\n", report.Head.Size)
	return nil
}

// search looks for every borrower's values, in every form in which they might
// have been written, in every byte that the demo left behind. control is a text
// that must be there: a search that misses it proves nothing.
func (d *demo) search(all []synthetic.Situation, control string) error {
	var needles [][]byte
	for _, s := range all {
		for _, v := range s.Person.Values() {
			needles = append(needles, forms(v)...)
		}
	}
	var files, size int64
	found, controls := 0, 0
	scan := func(b []byte) {
		for _, c := range forms(control) {
			controls += bytes.Count(b, c)
		}
		for _, n := range needles {
			found += bytes.Count(b, n)
		}
	}
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files, size = files+1, size+int64(len(b))
		scan(b)
		scan([]byte(path))
		return nil
	})
	if err != nil {
		return errors.New("search: a file cannot be read")
	}
	scan(d.logs.bytes())
	d.say("\n在磁盘、临时目录、消息服务与日志的 %d 个文件、%.1f MB 中查找 %d 种写法的个人信息：找到 %d 处\n",
		"\nsearched %d files, %.1f MB on disk, in TMPDIR, on the broker and in the logs, for %d forms of personal values: found %d\n",
		files, float64(size)/1e6, len(needles), found)
	d.say("用时 %s\n", "took %s\n", time.Since(d.start).Round(100*time.Millisecond))
	if controls == 0 {
		return errors.New("the search does not find what is there")
	}
	if found > 0 {
		return errors.New("personal values were found in clear")
	}
	return nil
}

// forms returns the ways in which a text may stand in a file: as it is, in
// GB18030, in hexadecimal, and in base64 at each of the three alignments.
func forms(v string) [][]byte {
	all := [][]byte{[]byte(v), []byte(hex.EncodeToString([]byte(v)))}
	if gb, err := simplifiedchinese.GB18030.NewEncoder().String(v); err == nil && gb != v {
		all = append(all, []byte(gb))
	}
	for shift := range 3 {
		b := append(make([]byte, shift), v...)
		enc := base64.StdEncoding.EncodeToString(b)
		// Characters at the ends mix with the neighbours' bits.
		enc = strings.TrimRight(enc, "=")
		enc = enc[(shift*8+5)/6:]
		enc = enc[:len(enc)-1]
		if len(enc) >= 8 {
			all = append(all, []byte(enc))
		}
	}
	return all
}

// logs keeps what was logged, to be searched.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

var _ io.Writer = (*logs)(nil)

func (d *demo) say(zh, en string, args ...any) {
	if d.lang == report.Chinese {
		en = zh
	}
	fmt.Fprintf(d.c.out, en, args...)
}
