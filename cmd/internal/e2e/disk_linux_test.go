package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

const mib = 1 << 20

// A smallDisk is a file system of its own with a file that takes up room.
type smallDisk struct{ dir string }

func mountSmallDisk(t *testing.T, size int) *smallDisk {
	t.Helper()
	const instead = "; TestDisk_belowTheWatermarkIsNamed holds a part of it without"
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root" + instead)
	}
	d := &smallDisk{t.TempDir()}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		t.Skip("mounting a small disk is not allowed here" + instead)
	}
	t.Cleanup(func() { syscall.Unmount(d.dir, syscall.MNT_DETACH) })
	return d
}

func (d *smallDisk) free(t *testing.T) int64 {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

// leave fills the disk until so much is free.
func (d *smallDisk) leave(t *testing.T, free int64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "ballast"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// A compaction may give room back for a while: until nothing more comes.
	for still := 0; still < 5; still++ {
		if more := d.free(t) - free; more > 0 {
			if _, err := f.Write(make([]byte, more)); err != nil {
				t.Fatal(err)
			}
			still = 0
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (d *smallDisk) empty(t *testing.T) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		t.Fatal(err)
	}
}

// The agent runs on a disk that it fills itself, down to the watermark. From
// then on it refuses cases by name, says so in its health, and lives; also when
// somebody else takes most of what the watermark had kept. With room again it
// goes on by itself, and what it had answered is there.
func TestDisk_fullIsANamedError(t *testing.T) {
	t.Parallel()
	const watermark = 48
	disk := mountSmallDisk(t, 144*mib)
	w := newWorldIn(t, disk.dir, false, watermark)
	w.startAgent(t)
	first := w.mustVerify(t, light(1, "full-1"))
	disk.leave(t, (watermark+2)*mib)

	template := synthetic.NewTemplate(synthetic.Statements, true, true, time.Now())
	refused := func() (code string) {
		t.Helper()
		status, body, err := w.post(light(2, "full-2"))
		if err != nil || w.agent.ended() {
			t.Fatalf("the agent is gone: %v\n%s", err, w.agent.log())
		}
		var problem struct{ Code string }
		if err := json.Unmarshal(body, &problem); err != nil {
			t.Fatal(err)
		}
		if status == 200 {
			return ""
		}
		return fmt.Sprint(status, " ", problem.Code)
	}
	answered := 0
	for disk.free(t) >= watermark*mib {
		n := 10 + answered
		status, body, err := w.post(template.Fill(nil, synthetic.NewPerson(n, 19900506), fmt.Sprintf("full-%d", n)))
		if err != nil || status != 200 && disk.free(t) >= watermark*mib {
			t.Fatalf("with room the agent answers %d %s, %v", status, body, err)
		}
		if status == 200 {
			answered++
		}
	}
	for _, left := range []int64{watermark*mib - mib, mib} {
		disk.leave(t, left)
		if got := refused(); got != "503 disk.full" {
			t.Errorf("with %d MiB free the agent answers %q, want 503 disk.full", left/mib, got)
		}
		status, line, err := w.get("/readyz")
		if err != nil || status != 503 || !strings.HasPrefix(line, "not serving: disk full") {
			t.Errorf("readyz says %d %q, %v; want 503 not serving: disk full", status, line, err)
		}
		if status, _, err := w.get("/healthz"); err != nil || status != 200 {
			t.Errorf("healthz says %d, %v; the process lives", status, err)
		}
	}
	disk.empty(t)
	w.mustVerify(t, light(2, "full-2"))
	if status, line, err := w.get("/readyz"); err != nil || status != 200 {
		t.Errorf("with room again readyz says %d %q, %v", status, line, err)
	}
	w.stopAgent(t)

	// Nothing that was answered is lost, and the disk may run full between two
	// runs as well.
	disk.leave(t, (watermark-1)*mib)
	if code, _, errs := w.yanmen(t, "", "show", "full-1"); code != exitDiskFull {
		t.Errorf("show on a full disk: exit %d, want %d\n%s", code, exitDiskFull, errs)
	}
	disk.empty(t)
	if code, out, errs := w.yanmen(t, "", "show", "full-1"); code != 0 || !strings.Contains(out, first.Subject) {
		t.Errorf("show: exit %d\n%s%s", code, out, errs)
	}
	if n := entries(w.sound(t), "verify"); n != answered+2 {
		t.Errorf("the journal counts %d verifications, want %d", n, answered+2)
	}
	t.Logf("%d cases until the disk was full", answered)
}
