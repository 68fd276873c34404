package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/policy"
)

// Rules that are older than the configuration lets them grow show over HTTP, in
// health and in every answer, and rules that are not do not.
func TestServe_staleRulesShow(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(d.dir, house.ConfigFile)
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d.write(house.ConfigFile, append(config, "\npolicy:\n  max_age_days: 36500\n"...))
	for _, later := range []time.Duration{0, 36600 * 24 * time.Hour} {
		now := time.Now().Add(later)
		h, err := house.Open(d.dir, house.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.Config.Token()
		if err != nil {
			t.Fatal(err)
		}
		door := intake.Handler(intake.API{Verifier: h, Token: token, Ready: func() (string, bool) { return "", true }, Health: func() string { return health(h) }})

		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
		if stale := strings.Contains(w.Body.String(), "too old"); w.Code != 200 || stale != (later > 0) {
			t.Errorf("after %v health is %d %s", later, w.Code, w.Body)
		}

		// A case each: the same one again would be answered as before.
		who := map[bool]string{false: "lost_card", true: "system_fault"}[later > 0]
		s := synthetic.Situations(time.Now())[slices.Index(situations, who)]
		r := httptest.NewRequest("POST", "/v1/verify", bytes.NewReader(s.File))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w = httptest.NewRecorder()
		door.ServeHTTP(w, r)
		var answer struct{ Obligations []agent.Code }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
			t.Fatalf("after %v the answer is %d: %v", later, w.Code, err)
		}
		if stale := slices.Contains(answer.Obligations, policy.CodeStale); stale != (later > 0) {
			t.Errorf("after %v the answer's obligations are %v", later, answer.Obligations)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
