package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yanmen/yanmen/cmd/internal/house"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"yanmen-hub": main})
}

// The scripts say what a person of the platform sees. Beside the commands of
// testscript they have:
//
//	code N COMMAND…     run, and want exit code N
//	agent DIR NAME VAR  make an agent's folder; set $VAR to its fingerprint
func TestHub_doesWhatItsScriptsSay(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("YANMEN_HUB_DIR", filepath.Join(e.WorkDir, "hub"))
			e.Setenv("LANG", "C")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": func(ts *testscript.TestScript, neg bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				var exit *exec.ExitError
				if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
					got = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
			"agent": func(ts *testscript.TestScript, neg bool, args []string) {
				fp, err := house.Init(ts.MkAbs(args[0]), args[1], "lender-1", false)
				ts.Check(err)
				ts.Setenv(args[2], fp)
			},
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
