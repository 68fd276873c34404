package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// A desk is an agent's folder with the registers of the demonstration.
type desk struct {
	*testing.T
	dir string
}

func newDesk(t *testing.T) desk {
	d := desk{t, t.TempDir()}
	config := synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")
	if !strings.Contains(config, "lender_class:") {
		config += "\nlender_class: bank\n"
	}
	d.write(house.ConfigFile, []byte(config))
	d.want(exitOK, "init")
	return d
}

func (d desk) write(name string, b []byte) string {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		d.Fatal(err)
	}
	return path
}

// want runs a command line and returns what it printed.
func (d desk) want(code int, args ...string) string {
	d.Helper()
	var out, errw bytes.Buffer
	if got := run(context.Background(), append(args, "--dir", d.dir), strings.NewReader(""), &out, &errw); got != code {
		d.Fatalf("%v ends with %d, want %d\n%s%s", args, got, code, &out, &errw)
	}
	return out.String()
}

// called answers the case of a borrower of the demonstration who was called so
// often today, and returns its id.
func (d desk) called(situation string, calls int, now time.Time) string {
	d.Helper()
	var doc map[string]any
	s := synthetic.Situations(now)[slices.Index(situations, situation)]
	if err := json.Unmarshal(s.File, &doc); err != nil {
		d.Fatal(err)
	}
	y, m, day := now.In(agent.Zone).Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, agent.Zone).Format(time.RFC3339)
	attempts := make([]any, calls)
	for i := range attempts {
		attempts[i] = map[string]any{"at": midnight, "channel": "call", "reached": "yes"}
	}
	doc["evidence"].(map[string]any)["contact_log"] = map[string]any{"source": "lender", "collected_at": now.In(agent.Zone).Format(time.RFC3339), "attempts": attempts}
	b, err := json.Marshal(doc)
	if err != nil {
		d.Fatal(err)
	}
	d.want(exitOK, "verify", d.write(situation+".json", b))
	return s.ID
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestContactMay_countsTheLogOfTheCase(t *testing.T) {
	d := newDesk(t)
	now := time.Now()
	twice, thrice := d.called("job_loss", 2, now), d.called("lost_card", 3, now)
	tomorrow := now.In(agent.Zone).AddDate(0, 0, 1).Format(time.DateOnly)

	out := d.want(exitOK, "contact", "may", twice, "--plan", "none", "--agreed-hours")
	contains(t, out, "contact: allowed", "calls that day: 2", "unanswered that day: 0", "contact.recording_kept")

	out = d.want(exitDenied, "contact", "may", twice, "--at", "23:00", "--plan", "none")
	contains(t, out, "contact: denied", "contact.hours_quiet", "not before: "+tomorrow+" 08:00:00")

	out = d.want(exitDenied, "contact", "may", thrice, "--at", "21:00", "--plan", "none", "--lang", "zh")
	contains(t, out, "contact: 不允许", "contact.calls_exceeded", "当日有效通话: 3", "最早可联系时间: "+tomorrow+" 08:00:00")

	// What nobody said is taken for the worse.
	out = d.want(exitDenied, "contact", "may", twice, "--agreed-hours")
	contains(t, out, "contact.plan_running", "where it is so, say: --plan none")

	// Of tomorrow nobody knows yet how often the debtor was called.
	out = d.want(exitDenied, "contact", "may", twice, "--at", tomorrow+"T10:00", "--plan", "none")
	contains(t, out, "calls that day: unknown", "contact.calls_exceeded")

	// A third person, when the debtor answers.
	out = d.want(exitDenied, "contact", "may", twice, "--content", "message", "--target", "third_related", "--discreet", "--refused", "no",
		"--attempts", "0", "--plan", "none", "--agreed-hours", "--json")
	contains(t, out, `"denials":["contact.third_unneeded"]`, `"calls_today":2`, `"texts":[{"code":"contact.third_unneeded"`)

	// An agency nobody rated.
	out = d.want(exitDenied, "contact", "may", twice, "--plan", "none", "--agreed-hours", "--agency", "--agency-contract", "--agency-clean")
	contains(t, out, "contact.agency_unrated")
	d.want(exitOK, "contact", "may", twice, "--plan", "none", "--agreed-hours", "--agency", "--agency-contract", "--agency-clean",
		"--agency-rated", now.In(agent.Zone).AddDate(0, 0, -30).Format(time.DateOnly))

	contains(t, d.want(exitOK, "journal", "verify"), "contact  8", "intact")
}

func TestContactMay_stopsWhereTheFindingSaysSo(t *testing.T) {
	d := newDesk(t)
	id := d.called("stolen_identity", 0, time.Now())
	out := d.want(exitDenied, "contact", "may", id, "--plan", "none", "--agreed-hours")
	contains(t, out, "contact.identity_misused")
	if out = d.want(exitOK, "contact", "may", id, "--content", "service"); strings.Contains(out, "identity_misused") {
		t.Errorf("service stops too:\n%s", out)
	}
}

func TestParseAt_readsChinasTime(t *testing.T) {
	now := time.Date(2026, 6, 1, 17, 0, 0, 0, time.UTC) // one in the morning of the second in China
	for text, want := range map[string]string{
		"":                          "2026-06-02T01:00:00+08:00",
		"23:00":                     "2026-06-02T23:00:00+08:00",
		"2026-07-01T09:30":          "2026-07-01T09:30:00+08:00",
		"2026-07-01T09:30:00Z":      "2026-07-01T17:30:00+08:00",
		"2026-07-01T09:30:01+08:00": "2026-07-01T09:30:01+08:00",
	} {
		got, err := parseAt(text, now)
		if err != nil || got.In(agent.Zone).Format(time.RFC3339) != want {
			t.Errorf("parseAt(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"25:00", "2026-07-01", "tomorrow"} {
		if _, err := parseAt(text, now); err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("parseAt(%q) = %v", text, err)
		}
	}
}
