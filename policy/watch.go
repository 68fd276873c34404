package policy

import (
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	// grace is how much longer than its deadline an evaluation may take to notice
	// it.
	grace = 100 * time.Millisecond
	// mostAstray is how many evaluations of one bundle may run on unheard. With
	// so many the bundle is not asked any more.
	mostAstray = 4
)

// A watch keeps decisions to their deadline under a bundle that was not built in.
// Evaluation looks at the clock between its steps; a hostile bundle can make one
// step that takes for ever, such as comparing two values that hold themselves in
// two to the fortieth copies. Such an evaluation cannot be stopped. It is left to
// run on, nobody waits for it, and a bundle that does this again and again is not
// asked any more, so that it cannot take all cores.
//
// The zero watch is ready. Safe for concurrent use.
type watch struct {
	astray atomic.Int32
}

// over returns what ask returns, or nil soon after until.
func (w *watch) over(until time.Time, ask func() ast.Value) ast.Value {
	if w.astray.Load() >= mostAstray {
		return nil
	}
	answer := make(chan ast.Value, 1)
	go func() {
		var v ast.Value
		defer func() {
			if recover() != nil { // what was thrown may quote the input
				v = nil
			}
			answer <- v
		}()
		v = ask()
	}()
	timer := time.NewTimer(time.Until(until) + grace)
	defer timer.Stop()
	select {
	case v := <-answer:
		return v
	case <-timer.C:
	}
	w.astray.Add(1)
	go func() {
		<-answer
		w.astray.Add(-1)
	}()
	return nil
}
