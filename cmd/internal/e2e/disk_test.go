package e2e

import (
	"strings"
	"testing"
)

// With less free space than its watermark the agent does not begin, says so by
// name, and changes nothing. To read is to write first, since every opening is
// journalled: so reading waits too.
func TestDisk_belowTheWatermarkIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, 64)
	w.startAgent(t)
	r := w.mustVerify(t, light(1, "disk-1"))
	w.stopAgent(t)
	w.configure(t, "", 1<<30) // a pebibyte
	for _, args := range [][]string{{"run"}, {"show", "disk-1"}, {"erase", r.Subject}, {"fsck"}} {
		code, out, errs := w.yanmen(t, "", args...)
		if code != exitDiskFull || !strings.Contains(errs, "disk") || out != "" {
			t.Errorf("%s below the watermark: exit %d, want %d\n%s%s", args[0], code, exitDiskFull, out, errs)
		}
	}
	code, out, errs := w.yanmen(t, string(light(2, "disk-2")), "verify")
	if code != exitDiskFull || out != "" {
		t.Errorf("verify below the watermark: exit %d, want %d\n%s%s", code, exitDiskFull, out, errs)
	}
	w.configure(t, "", 64)
	if code, out, errs := w.yanmen(t, "", "show", "disk-1"); code != 0 || !strings.Contains(out, r.Subject) {
		t.Errorf("show with room again: exit %d\n%s%s", code, out, errs)
	}
	w.sound(t)
}
