// Command yanmen-hub is a platform in a box: a JetStream broker on disk, the
// receiving end of the verdicts and a ledger, in one process. It is for trying,
// for tests and for small platforms; a large one imports sync/platform and runs
// its own broker and storage.
//
//	yanmen-hub demo     the whole way on synthetic borrowers, in a folder of its own
//	yanmen-hub serve    run broker and platform
//	yanmen-hub enrol    believe an agent, by the fingerprint that a person compared
//	yanmen-hub tail     print what was received and verified
//	yanmen-hub sources  the other side of every kind of data source, by a script
//
// Its folder holds platform.key (private, 0600), platform.jwks.json (what
// agents pin), agents (the enrolments), ledger/ and broker/.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/cmd/internal/report"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// A command is what all subcommands share.
type command struct {
	dir  string
	lang string
	out  io.Writer
	err  io.Writer
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, out, errw io.Writer) int {
	c := &command{out: out, err: errw}
	root := &cobra.Command{
		Use:           "yanmen-hub",
		Short:         "一体化平台：接收、验签并留存判定 · a platform in a box: receives, verifies and keeps verdicts",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errw)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVar(&c.dir, "dir", defaultDir(), "平台目录 · the platform's folder ($YANMEN_HUB_DIR)")
	root.PersistentFlags().StringVar(&c.lang, "lang", string(report.DefaultLang()), "zh | en")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if _, err := report.ParseLang(c.lang); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.AddCommand(c.demoCommand(), c.serveCommand(), c.enrolCommand(), c.tailCommand(), c.sourcesCommand())
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(errw, "yanmen-hub: %v\n", err)
	if errors.Is(err, errUsage) || strings.HasPrefix(err.Error(), "unknown command") || strings.Contains(err.Error(), "arg(s)") {
		return exitUsage
	}
	return exitFailure
}

func defaultDir() string {
	if d := os.Getenv("YANMEN_HUB_DIR"); d != "" {
		return d
	}
	return "/var/lib/yanmen-hub"
}

func (c *command) say(zh, en string) string {
	if c.lang == "zh" {
		return zh
	}
	return en
}
