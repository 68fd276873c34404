package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/sync/uplink"
)

func (c *command) runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "常驻运行：接受核验请求，把判定送往平台 · serve the HTTP door and drain the queue",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.NewJSONHandler(c.err, nil))
			h, err := house.Open(c.dir, house.Options{Logger: log})
			if err != nil {
				return err
			}
			err = c.serve(cmd.Context(), h, log)
			return errors.Join(err, h.Close())
		},
	}
}

// serve runs the HTTP door and one uplink for each platform until the context
// ends. The door goes on when a platform cannot be reached; nothing waits for it.
func (c *command) serve(ctx context.Context, h *house.House, log *slog.Logger) error {
	token, err := h.Config.Token()
	if err != nil {
		return err
	}
	links := map[string]*uplink.Uplink{}
	for _, p := range h.Config.Platforms {
		if links[p.ID], err = h.Uplink(p, log); err != nil {
			return err
		}
	}
	l, err := intake.Listen(h.Config.Listen, false)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for id, u := range links {
		wg.Go(func() {
			// An uplink reconnects for ever; it returns when the context ends
			// or its own configuration is wrong, which does not stop the door.
			if err := u.Run(ctx); err != nil && ctx.Err() == nil {
				log.Error("uplink ended", slog.String("platform", id), slog.String("error", err.Error()))
			}
		})
	}
	wg.Go(func() { h.WatchRules(ctx, log) })
	ready := func() (string, bool) { return readiness(h, links) }
	log.Info("serving", slog.String("address", l.Addr().String()), slog.String("agent", h.Config.Agent))
	fmt.Fprintf(c.out, "%s http://%s\n", c.say("正在监听", "listening on"), l.Addr())
	err = intake.Serve(ctx, l, intake.Handler(intake.API{Verifier: h, Token: token, Ready: ready, Health: func() string { return health(h) }, Metrics: metrics(h, links), Log: log}), log)
	cancel()
	wg.Wait()
	return err
}

// health is one line: ok, and what should be looked at.
func health(h *house.House) string {
	if s := h.RulesStatus(); s.Stale || s.Damaged || s.Waiting {
		return "ok, " + s.String()
	}
	return "ok"
}

// readiness tells the truth in one line: whether cases are taken, whether
// verdicts get through, how many wait and since when.
func readiness(h *house.House, links map[string]*uplink.Uplink) (string, bool) {
	st := h.Store.Stats()
	line, ok := "serving", true
	if st.Free < uint64(h.Config.MinFreeMiB)<<20 {
		line, ok = "not serving: disk full", false
	}
	if len(links) == 0 {
		line += ", no platform configured"
	}
	for _, p := range h.Config.Platforms {
		s := links[p.ID].Status()
		sync := "syncing"
		if !s.Connected {
			sync = "not syncing"
		}
		line += fmt.Sprintf(", %s %s", p.ID, sync)
		n, oldest, err := h.Store.Depth(p.ID)
		if err != nil {
			return "not serving: store", false
		}
		line += fmt.Sprintf(", %d queued", n)
		if n > 0 {
			line += ", oldest " + ago(oldest)
		}
	}
	return line + ", " + h.RulesStatus().String(), ok
}

// metrics are counts and states; no label holds an id of a case or a subject.
func metrics(h *house.House, links map[string]*uplink.Uplink) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, labels prometheus.Labels, f func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "yanmen", Name: name, Help: help, ConstLabels: labels}, f))
	}
	counter := func(name, help string, labels prometheus.Labels, f func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "yanmen", Name: name, Help: help, ConstLabels: labels}, f))
	}
	counter("store_writes_total", "Committed writes since start.", nil, func() float64 { return float64(h.Store.Stats().Writes) })
	counter("store_batches_total", "Transactions, each with one sync, since start.", nil, func() float64 { return float64(h.Store.Stats().Batches) })
	counter("store_failures_total", "Commits that reported an error since start.", nil, func() float64 { return float64(h.Store.Stats().Failures) })
	gauge("journal_entries", "Entries of the journal.", nil, func() float64 { return float64(h.Store.Stats().Leaves) })
	gauge("store_bytes", "Size of the database.", nil, func() float64 { return float64(h.Store.Stats().Bytes) })
	gauge("disk_free_bytes", "Free space of the folder's disk.", nil, func() float64 { return float64(h.Store.Stats().Free) })
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	gauge("rules_stale", "1 while the rules are older than the configuration lets them grow.", nil, func() float64 { return flag(h.RulesStatus().Stale) })
	gauge("rules_damaged", "1 while the rules before those installed are in force, for these are damaged.", nil, func() float64 { return flag(h.RulesStatus().Damaged) })
	r.MustRegister(sourceMetrics{h.Sources})
	for id, u := range links {
		l := prometheus.Labels{"platform": id}
		gauge("queue_items", "Verdicts that wait for a receipt.", l, func() float64 { n, _, _ := h.Store.Depth(id); return float64(n) })
		gauge("queue_oldest_seconds", "When the oldest of them was queued, seconds since 1970; 0 if none waits.", l, func() float64 { _, at, _ := h.Store.Depth(id); return float64(at) })
		gauge("uplink_connected", "1 while the platform's broker is reached.", l, func() float64 {
			if u.Status().Connected {
				return 1
			}
			return 0
		})
		counter("uplink_sent_total", "Items published since start, again included.", l, func() float64 { return float64(u.Status().Sent) })
		counter("uplink_delivered_total", "Items whose receipt came since start.", l, func() float64 { return float64(u.Status().Delivered) })
	}
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}
