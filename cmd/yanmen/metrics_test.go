package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/yanmen/yanmen/cmd/internal/house"
)

func TestSourceMetrics_tellClassesAndNoMore(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(sourceMetrics{func() []house.SourceStatus {
		return []house.SourceStatus{
			{Source: "realname", Asked: 3, Counts: []house.AskCount{
				{Source: "realname", Outcome: "answered", N: 2}, {Source: "realname", Outcome: "inconclusive", Cause: "answer_late", N: 1}}},
			{Source: "facecheck", Spared: true},
		}
	}})
	w := httptest.NewRecorder()
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var lines []string
	for l := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	want := `yanmen_source_asked_total{source="facecheck"} 0
yanmen_source_asked_total{source="realname"} 3
yanmen_source_circuit_open{source="facecheck"} 1
yanmen_source_circuit_open{source="realname"} 0
yanmen_source_outcomes_total{cause="",outcome="answered",source="realname"} 2
yanmen_source_outcomes_total{cause="answer_late",outcome="inconclusive",source="realname"} 1
`
	if got := strings.Join(lines, ""); got != want {
		t.Errorf("metrics:\n%swant:\n%s", got, want)
	}
}
