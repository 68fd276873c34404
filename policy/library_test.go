package policy

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// The compiled rules are let go once every point has its program; whoever asks
// for them, also several at a time, gets them again, and they say the same.
func TestEngine_letsTheLibraryGo(t *testing.T) {
	e := engine(t)
	if e.lib.Load() != nil || e.bundle.lib != nil {
		t.Fatal("the library is kept though every point has a program")
	}
	var wg sync.WaitGroup
	libs := make([]*library, 4)
	for i := range libs {
		wg.Go(func() { libs[i] = e.library() })
	}
	wg.Wait()
	for _, l := range libs {
		if l == nil || l != libs[0] {
			t.Fatal("the library was made several times, or not at all")
		}
	}
	in := &agent.CollectInput{}
	written := collectInput(new(arena), in)
	term := written.term().Value
	a := e.evaluate(context.Background(), agent.PointCollect, term)
	b := e.interpret(context.Background(), agent.PointCollect, term, time.Now().Add(time.Minute))
	if a == nil || b == nil || a.Compare(b) != 0 {
		t.Error("program and library do not say the same")
	}
}
