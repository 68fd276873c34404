package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/agent/store"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
	"github.com/yanmen/yanmen/crypto/keyring"
)

// Exit codes. The README documents them; scripts rely on them.
const (
	exitOK       = 0
	exitFailure  = 1 // anything that has no code of its own
	exitUsage    = 2 // unknown command or flag, faulty configuration
	exitInput    = 3 // a case file is faulty; others were answered
	exitDenied   = 4 // policy denied at least one case; it is answered and recorded
	exitLocked   = 5 // another agent has the folder open
	exitKeys     = 6 // the passphrase does not open the keys
	exitDiskFull = 7 // free space is below the watermark; nothing was written
	exitCorrupt  = 8 // a stored value or the journal does not verify
	exitUnknown  = 9 // no such case or subject
)

// memoryLimit is how much memory the collector lets the program grow to before
// it works harder: an agent shares a small machine with others. The variable
// GOMEMLIMIT overrides it.
const memoryLimit = 224 << 20

func main() {
	if os.Getenv("GOMAXPROCS") == "" {
		// The database maps its files. A thread that waits for a page of them
		// keeps its place in Go's scheduler, which does not see it wait: with as
		// many places as cores, all of them may be taken while a core idles.
		runtime.GOMAXPROCS(2 * runtime.NumCPU())
	}
	if os.Getenv("GOGC") == "" {
		// While memory is far from the limit, half as many cycles: each takes half
		// of the cores for some milliseconds, and whoever asks meanwhile waits.
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// A command is what all subcommands share.
type command struct {
	dir  string
	lang string
	json bool
	in   io.Reader
	out  io.Writer
	err  io.Writer
}

// run carries out one command line and returns its exit code. Only main exits.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	c := &command{in: in, out: out, err: errw}
	root := &cobra.Command{
		Use:           "yanmen",
		Short:         "验门：在出借机构本地完成核验，只让一份签名的判定离开\nYanmen checks borrowers on the lender's premises; only a signed verdict leaves",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVar(&c.dir, "dir", defaultDir(), "数据目录 · the agent's folder ($YANMEN_DIR)")
	root.PersistentFlags().StringVar(&c.lang, "lang", string(report.DefaultLang()), "zh | en")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if _, err := report.ParseLang(c.lang); err != nil {
			return usage(err)
		}
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(c.initCommand(), c.importCommand(), c.consentCommand(), c.verifyCommand(), c.runCommand(), c.showCommand(), c.eraseCommand(),
		c.journalCommand(), c.fsckCommand(), c.benchCommand(), c.versionCommand(),
		c.policyCommand(), c.contactCommand(), c.explainCommand(), c.whatifCommand(), c.reviewCommand(), c.backtestCommand())
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if !errors.Is(err, errSilent) {
		fmt.Fprintf(errw, "yanmen: %v\n", err)
		if h := hint(report.Lang(c.lang), code); h != "" {
			fmt.Fprintf(errw, "  %s\n", h)
		}
	}
	return code
}

func defaultDir() string {
	if d := os.Getenv("YANMEN_DIR"); d != "" {
		return d
	}
	return "/var/lib/yanmen"
}

// errSilent says that everything there is to say has been printed.
var errSilent = errors.New("printed")

// A coded error carries the exit code with which the program ends.
type coded struct {
	code int
	err  error
}

func (c *coded) Error() string { return c.err.Error() }
func (c *coded) Unwrap() error { return c.err }

func usage(err error) error        { return &coded{exitUsage, err} }
func silently(code int) error      { return &coded{code, errSilent} }
func fail(code int, e error) error { return &coded{code, e} }

func exitCode(err error) int {
	var c *coded
	var faults intake.Errors
	var denied *agent.Denied
	switch {
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &faults):
		return exitInput
	case errors.As(err, &denied):
		return exitDenied
	case errors.Is(err, house.ErrConfig):
		return exitUsage
	case errors.Is(err, keyring.ErrLocked), errors.Is(err, store.ErrLocked):
		return exitLocked
	case errors.Is(err, keyring.ErrPassphrase):
		return exitKeys
	case errors.Is(err, agent.ErrDiskFull):
		return exitDiskFull
	case errors.Is(err, agent.ErrCorrupt):
		return exitCorrupt
	case errors.Is(err, agent.ErrUnknownCase), errors.Is(err, agent.ErrUnknownSubject):
		return exitUnknown
	case strings.HasPrefix(err.Error(), "unknown command"), strings.Contains(err.Error(), "arg(s)"):
		return exitUsage
	}
	return exitFailure
}

// hint says what to do about an error.
func hint(lang report.Lang, code int) string {
	h, ok := map[int][2]string{
		exitUsage:    {"用 yanmen --help 查看用法", "yanmen --help lists the commands"},
		exitInput:    {"按提示修改案件文件后重试；字段说明见 docs/schema/case.zh-CN.md", "mend the case file where it says and try again; docs/schema/case.md describes each field"},
		exitLocked:   {"该目录已有代理在运行；停止它，或改用其 HTTP 接口", "an agent is running on this folder: stop it, or use its HTTP door"},
		exitKeys:     {"检查口令文件是否与创建密钥时一致", "check that the passphrase file is the one the keys were made with"},
		exitDiskFull: {"清理磁盘空间后重试；没有写入任何内容，已有数据仍可读取", "free disk space and try again; nothing was written, and what is stored can be read"},
		exitCorrupt:  {"请勿删除任何文件；运行 yanmen fsck 查看详情，并从备份恢复", "delete nothing; yanmen fsck says more; restore from a backup"},
		exitUnknown:  {"检查编号；已删除的借款人不再有任何记录", "check the id; of an erased subject nothing is left"},
	}[code]
	if !ok {
		return ""
	}
	if lang == report.Chinese {
		return h[0]
	}
	return h[1]
}
