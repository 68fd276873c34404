package repotest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// planned lists tests that SECURITY.md names and that are not written yet. A
// release has none.
var planned []string

var testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*(?:_\\w+)?)`")

func TestSecurity_everyPromiseHasItsTest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testFunctions(t)
	var named []string
	for _, m := range testName.FindAllSubmatch(text, -1) {
		name := string(m[1])
		named = append(named, name)
		if tests[name] == nil && !slices.Contains(planned, name) {
			t.Errorf("SECURITY.md names %s, which does not exist", name)
		}
	}
	for _, name := range planned {
		switch {
		case tests[name] != nil:
			t.Errorf("%s exists: take it out of planned", name)
		case !slices.Contains(named, name):
			t.Errorf("%s is planned, but SECURITY.md does not name it", name)
		}
	}
	// Each promise has a row of its own in the table, with a test in it.
	for _, p := range []string{"P1", "P2", "P3", "P4", "P5", "P6"} {
		row := regexp.MustCompile(`(?m)^\| ` + p + ` \|.*$`).Find(text)
		if !testName.Match(row) {
			t.Errorf("SECURITY.md has no test for %s", p)
		}
	}
}

// The unit file is the last wall around the agent. What is here may be made
// stricter, never looser.
func TestUnit_staysHardened(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "deploy", "yanmen.service"))
	if err != nil {
		t.Fatal(err)
	}
	var service []string
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		case !strings.Contains(line, "="):
			t.Errorf("%q is no setting", line)
		case section == "[Service]":
			service = append(service, line)
		}
	}
	for _, want := range []string{
		"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
		"ProtectProc=invisible", "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes",
		"ProtectControlGroups=yes", "ProtectClock=yes", "ProtectHostname=yes", "RestrictNamespaces=yes",
		"RestrictRealtime=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes", "MemoryDenyWriteExecute=yes",
		"CapabilityBoundingSet=", "AmbientCapabilities=", "SystemCallArchitectures=native", "UMask=0077", "LimitCORE=0",
		"MemorySwapMax=0", "StateDirectoryMode=0700", "PrivateUsers=yes", "IPAddressDeny=any", "SocketBindDeny=any",
		"NoExecPaths=/", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources",
	} {
		if !slices.Contains(service, want) {
			t.Errorf("the unit file lacks %s", want)
		}
	}
	if !slices.ContainsFunc(service, func(s string) bool { return strings.HasPrefix(s, "User=") && s != "User=root" }) {
		t.Error("the unit file names no user")
	}
	for _, line := range service {
		// A secret in the environment can be read by every child and in /proc.
		if key, _, _ := strings.Cut(line, "="); key == "Environment" || key == "EnvironmentFile" || key == "PassEnvironment" {
			t.Errorf("the unit file sets %s: secrets come as credentials", key)
		}
	}
}
