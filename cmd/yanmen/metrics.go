package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yanmen/yanmen/cmd/internal/house"
)

// sourceMetrics collects what became of questions to outside sources. Labels are
// keys of sources, classes and codes, all of closed lists: none is of a person.
type sourceMetrics struct{ sources func() []house.SourceStatus }

var (
	sourceAsked = prometheus.NewDesc("yanmen_source_asked_total", "Questions that were sent to the source, or held back by its circuit or rate, since start.", []string{"source"}, nil)
	sourceCame  = prometheus.NewDesc("yanmen_source_outcomes_total", "What became of them: answered, contradicted, refused or inconclusive, and why.", []string{"source", "outcome", "cause"}, nil)
	sourceOpen  = prometheus.NewDesc("yanmen_source_circuit_open", "1 while the source is not asked because it failed too often in a row.", []string{"source"}, nil)
)

// Describe implements [prometheus.Collector].
func (sourceMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- sourceAsked
	to <- sourceCame
	to <- sourceOpen
}

// Collect implements [prometheus.Collector].
func (m sourceMetrics) Collect(to chan<- prometheus.Metric) {
	for _, s := range m.sources() {
		open := 0.0
		if s.Spared {
			open = 1
		}
		to <- prometheus.MustNewConstMetric(sourceOpen, prometheus.GaugeValue, open, s.Source)
		to <- prometheus.MustNewConstMetric(sourceAsked, prometheus.CounterValue, float64(s.Asked), s.Source)
		for _, c := range s.Counts {
			to <- prometheus.MustNewConstMetric(sourceCame, prometheus.CounterValue, float64(c.N), s.Source, c.Outcome, c.Cause)
		}
	}
}
