package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

func (c *command) benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "在临时目录中测量完整核验的速度（不触及 --dir）· measure full, durable verifications in a folder of its own",
		Long: "每次核验：读案件文件、收集与使用决定、打开记录、三项检查、判断、对外提供决定，提交并落盘后才算完成。五分之一为新借款人，一半逾期、一半申请。\n" +
			"Each verification reads a case file, decides, opens, checks, judges and commits with a sync before it counts. One subject in five is new; half are overdue cases, half applications.",
		Args: cobra.NoArgs,
	}
	b := &bench{c: c}
	cmd.Flags().IntVar(&b.seconds, "seconds", 30, "时长（秒）· seconds at full load; half as long at a lower load follows")
	cmd.Flags().IntVar(&b.callers, "callers", 64, "并发调用者 · concurrent callers")
	cmd.Flags().IntVar(&b.seeded, "subjects", 2000, "事先存入的借款人 · subjects stored beforehand")
	cmd.Flags().IntVar(&b.rate, "rate", 0, "第二阶段每秒案件数 · cases a second of the second phase (default: half of what full load reached)")
	profile := cmd.Flags().String("profile", "light", "light | statements")
	cmd.Flags().StringVar(&b.profileTo, "cpuprofile", "", "写出满载阶段的 CPU 剖析 · write a CPU profile of the full load")
	work := cmd.Flags().String("work", "", "临时目录的上级 · parent of the temporary folder (default: the system's)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		b.profile = synthetic.Profile(*profile)
		if b.profile != synthetic.Light && b.profile != synthetic.Statements || b.seconds < 1 || b.rate < 0 || b.callers < 1 || b.seeded < 1 {
			return usage(errors.New("bench: want profile light or statements, and positive numbers"))
		}
		dir, err := os.MkdirTemp(*work, "yanmen-bench-")
		if err != nil {
			return errors.New("bench: cannot make a temporary folder")
		}
		defer os.RemoveAll(dir)
		return b.run(cmd.Context(), dir)
	}
	return cmd
}

// bench is one run of the benchmark.
type bench struct {
	c       *command
	profile synthetic.Profile
	seconds int
	callers int
	seeded  int
	rate    int // cases a second of the second phase

	profileTo string

	h         *house.House
	templates [2][2]*synthetic.Template // first or again; overdue or application
	people    atomic.Int64              // persons stored so far
	cases     atomic.Int64
	again     atomic.Int64
}

// settle is how long the database has to work off the full load before latency
// at the lower one is measured.
const settle = 5 * time.Second

// asks is how often a person is asked about again. With one person in five new
// that is each person's share; more would exhaust what may be said about one
// person in a month, and be denied.
const asks = 4

// apart is how many other persons are asked about between two questions about
// one: of two at a time the later one has to be decided again.
const apart = 512

// known returns the next person that was stored some time ago.
func (b *bench) known() int64 {
	n := b.again.Add(1) - 1
	return min(n/(asks*apart)*apart+n%apart, max(b.people.Load()-int64(b.callers)-1, 0))
}

func (b *bench) run(ctx context.Context, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, house.ConfigFile), []byte(synthetic.Config("bench", "bench", "127.0.0.1:0", "")), 0o600); err != nil {
		return errors.New("bench: cannot write")
	}
	if _, err := house.Init(dir, "bench", "bench", false); err != nil {
		return err
	}
	var err error
	if b.h, err = house.Open(dir, house.Options{}); err != nil {
		return err
	}
	defer func() { b.h.Close() }()
	now := time.Now()
	for i, first := range []bool{true, false} {
		for j, application := range []bool{false, true} {
			b.templates[i][j] = synthetic.NewTemplate(b.profile, first, application, now)
		}
	}
	if err := b.seed(ctx); err != nil {
		return err
	}
	stages, err := b.stages(ctx)
	if err != nil {
		return err
	}
	full, err := b.profiled(func() (*measured, error) { return b.load(ctx, time.Duration(b.seconds)*time.Second, 0) })
	if err != nil {
		return err
	}
	if b.rate == 0 {
		b.rate = int(full.rate() / 2)
	}
	time.Sleep(settle)
	half, err := b.load(ctx, time.Duration(b.seconds)*time.Second/2, float64(b.rate))
	if err != nil {
		return err
	}
	own, mapped, peak := residentMiB()
	st := b.h.Store.Stats()
	people := b.people.Load()
	start := time.Now()
	if err := b.h.Close(); err != nil {
		return err
	}
	closed := time.Since(start)
	disk := diskBytes(filepath.Join(dir, "store"))
	start = time.Now()
	if b.h, err = house.Open(dir, house.Options{}); err != nil {
		return err
	}
	opened := time.Since(start)

	w := b.c.out
	fmt.Fprintf(w, "profile %s · %d callers · %d s · %d cores · %s\n", b.profile, b.callers, b.seconds, runtime.NumCPU(), runtime.Version())
	fmt.Fprintf(w, "durable verifications   %8.0f /s   (%d; %.1f a sync)\n", full.rate(), full.n, float64(st.Writes)/float64(max(st.Batches, 1)))
	fmt.Fprintf(w, "latency, full load      p50 %s  p99 %s\n", ms(full.quantile(.5)), ms(full.quantile(.99)))
	fmt.Fprintf(w, "latency, lower load     p50 %s  p99 %s   (%.0f /s)\n", ms(half.quantile(.5)), ms(half.quantile(.99)), half.rate())
	cpu := full.cpu / time.Duration(max(full.n, 1))
	fmt.Fprintf(w, "CPU a verification      %s, all threads\n", us(cpu))
	var sum time.Duration
	for s, d := range stages {
		sum += d
		fmt.Fprintf(w, "  %-12s %9s\n", stageName(s), us(d))
	}
	fmt.Fprintf(w, "  %-12s %9s   committer, database, garbage collection\n", "rest", us(cpu-sum))
	fmt.Fprintf(w, "resident memory         %d MiB its own, %d MiB of mapped files; peak of both %d MiB\n", own, mapped, peak)
	fmt.Fprintf(w, "store                   %d subjects, %.1f MB, %d bytes a subject\n", people, float64(disk)/1e6, disk/max(people, 1))
	fmt.Fprintf(w, "close %s, start to ready %s\n", closed.Round(time.Millisecond), opened.Round(time.Millisecond))
	return nil
}

// profiled carries out a phase under the profiler, if that was asked for.
func (b *bench) profiled(phase func() (*measured, error)) (*measured, error) {
	if b.profileTo == "" {
		return phase()
	}
	f, err := os.Create(b.profileTo)
	if err != nil {
		return nil, errors.New("bench: cannot write the profile")
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.New("bench: cannot profile")
	}
	defer pprof.StopCPUProfile()
	return phase()
}

// one carries out one verification: a new person if fresh, else one that is stored.
func (b *bench) one(ctx context.Context, buf []byte, fresh bool) ([]byte, error) {
	n := int64(0)
	kind := 1
	if fresh {
		n, kind = b.people.Add(1)-1, 0
	} else {
		n = b.known()
	}
	i := b.cases.Add(1)
	buf = b.templates[kind][i%2].Fill(buf[:0], synthetic.NewPerson(int(n), 19900506), synthetic.CaseID("b", i))
	f, err := intake.Parse(buf, intake.Options{})
	if err != nil {
		return buf, err
	}
	r, err := b.h.Agent.Verify(ctx, f)
	if err == nil && r.Leaves == nil {
		err = fmt.Errorf("bench: a case was denied: %v", r.Denials)
	}
	return buf, err
}

func (b *bench) seed(ctx context.Context) error {
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	var next atomic.Int64
	for range b.callers {
		wg.Go(func() {
			var buf []byte
			for failed.Load() == nil && next.Add(1) <= int64(b.seeded) {
				var err error
				if buf, err = b.one(ctx, buf, true); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// numStages counts the stages of the agent and, before them, the reading of
// the file.
const numStages = int(agent.NumStages) + 1

func stageName(i int) string {
	if i == 0 {
		return "read file"
	}
	return agent.Stage(i - 1).String()
}

// stages measures the CPU of each stage on the caller's own thread: one caller,
// locked to its thread, so that waiting for the sync costs nothing.
func (b *bench) stages(ctx context.Context) (mean [numStages]time.Duration, err error) {
	const rounds = 2000
	var sum [numStages]time.Duration
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var last time.Duration
		b.h.Agent.SetTiming(func(s agent.Stage) {
			now := threadCPU()
			sum[s+1] += now - last
			last = now
		})
		var buf []byte
		for i := range rounds {
			fresh := i%5 == 0
			n, kind := int64(0), 1
			if fresh {
				n, kind = b.people.Add(1)-1, 0
			} else {
				n = b.known()
			}
			j := b.cases.Add(1)
			buf = b.templates[kind][j%2].Fill(buf[:0], synthetic.NewPerson(int(n), 19900506), synthetic.CaseID("b", j))
			start := threadCPU()
			f, err := intake.Parse(buf, intake.Options{})
			last = threadCPU()
			sum[0] += last - start
			if err == nil {
				_, err = b.h.Agent.Verify(ctx, f)
			}
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	err = <-done
	b.h.Agent.SetTiming(nil)
	for i := range sum {
		mean[i] = sum[i] / rounds
	}
	return mean, err
}

func threadCPU() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

func processCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measured is what a phase of load gave.
type measured struct {
	n       int
	took    time.Duration
	cpu     time.Duration
	latency []time.Duration // sorted
}

func (m *measured) rate() float64 { return float64(m.n) / m.took.Seconds() }

func (m *measured) quantile(q float64) time.Duration {
	if len(m.latency) == 0 {
		return 0
	}
	return m.latency[min(int(q*float64(len(m.latency))), len(m.latency)-1)]
}

// load runs the callers for a while. With a rate, cases arrive at even times
// whatever the agent does, and latency counts from the arrival; with 0 each
// caller asks as soon as it has its answer.
func (b *bench) load(ctx context.Context, d time.Duration, rate float64) (*measured, error) {
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	per := make([][]time.Duration, b.callers)
	var arrival atomic.Int64
	cpu, start := processCPU(), time.Now()
	for i := range b.callers {
		wg.Go(func() {
			var buf []byte
			for failed.Load() == nil && ctx.Err() == nil {
				n := arrival.Add(1)
				began := time.Now()
				if rate > 0 {
					began = start.Add(time.Duration(float64(n) / rate * float64(time.Second)))
					time.Sleep(time.Until(began))
				}
				if began.Sub(start) >= d {
					return
				}
				var err error
				if buf, err = b.one(ctx, buf, n%5 == 0); err != nil {
					failed.Store(&err)
					return
				}
				per[i] = append(per[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	m := &measured{took: time.Since(start), cpu: processCPU() - cpu, latency: slices.Concat(per...)}
	m.n = len(m.latency)
	slices.Sort(m.latency)
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return m, ctx.Err()
}

func us(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d)/1e3) }
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

// residentMiB reads the process's resident memory: its own, the pages of mapped
// files, which the kernel takes back when it needs them, and the highest sum.
func residentMiB() (own, mapped, peak int64) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, 0
	}
	for line := range strings.Lines(string(b)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kb); err == nil {
			own = kb / 1024
		}
		if _, err := fmt.Sscanf(line, "RssFile: %d kB", &kb); err == nil {
			mapped = kb / 1024
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			peak = kb / 1024
		}
	}
	return own, mapped, peak
}

// diskBytes is the space that the files of a folder take on the disk.
func diskBytes(dir string) (n int64) {
	filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		var st syscall.Stat_t
		if err == nil && syscall.Stat(p, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFREG {
			n += st.Blocks * 512
		}
		return nil
	})
	return n
}
