package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/yanmen/yanmen/agent"
)

// Codes of a [Fault].
const (
	LeafMalformed       agent.Code = "leaf.malformed"       // the bytes are no leaf
	LeafUnreadable      agent.Code = "leaf.unreadable"      // missing, or the store cannot read it
	NodeDiffers         agent.Code = "node.differs"         // the stored hash is not that of the leaves
	NodeUnreadable      agent.Code = "node.unreadable"      // missing, or the store cannot read it
	CheckpointDiffers   agent.Code = "checkpoint.differs"   // these leaves are not those that were signed
	CheckpointAhead     agent.Code = "checkpoint.ahead"     // more leaves were signed than there are: cut off
	CheckpointMalformed agent.Code = "checkpoint.malformed" // the export's own checkpoint does not open
	CheckpointMissing   agent.Code = "checkpoint.missing"   // the export ends without one
	ExportTrailing      agent.Code = "export.trailing"      // something follows the export's checkpoint
)

// A Fault is something that is not as it was written.
type Fault struct {
	Code agent.Code
	// Index is the number of the leaf or the place of the node, the size in
	// the checkpoint, or for an export's form the number of the line, from 0.
	Index int64
}

// maxFaults is how many faults a report lists. One wrong leaf makes a wrong
// node at every level above it; a wrong disk makes millions.
const maxFaults = 100

// A Report says what a verification found. The zero Report is not OK.
type Report struct {
	Head  Head                 // as computed from the leaves
	Kept  int                  // kept heads compared; with 0 a journal rewritten as a whole passes
	First agent.Int            // earliest and latest time in an entry, ms
	Last  agent.Int            //
	Kinds map[string]int64     // entries by kind
	Found map[agent.Code]int64 // faults by code, all of them
	// Faults lists the first 100.
	Faults []Fault

	complete bool
}

// OK reports whether the verification went through and found no fault.
func (r *Report) OK() bool { return r.complete && len(r.Faults) == 0 }

func (r *Report) fault(code agent.Code, index int64) {
	if r.Found == nil {
		r.Found = make(map[agent.Code]int64)
	}
	r.Found[code]++
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{code, index})
	}
}

func (r *Report) count(l *Leaf) {
	if r.Kinds == nil {
		r.Kinds = make(map[string]int64)
	}
	r.Kinds[l.Kind]++
	r.First = agent.Known(min(r.First.Or(l.At), l.At))
	r.Last = agent.Known(max(r.Last.Or(l.At), l.At))
}

// A walk reads leaves in order and compares the heads that it passes.
type walk struct {
	report Report
	tree   tree
	kept   []Head // not yet passed, smallest first
}

func newWalk(kept []Head) *walk {
	w := &walk{kept: slices.Clone(kept)}
	slices.SortStableFunc(w.kept, func(a, b Head) int { return cmp.Compare(a.Size, b.Size) })
	w.report.Kept = len(kept)
	w.pass()
	return w
}

// pass compares the kept heads of the present size.
func (w *walk) pass() {
	for len(w.kept) > 0 && w.kept[0].Size <= w.tree.size {
		if w.kept[0] != w.tree.head() {
			w.report.fault(CheckpointDiffers, w.kept[0].Size)
		}
		w.kept = w.kept[1:]
	}
}

// leaf adds the next leaf and calls node with each hash of it.
func (w *walk) leaf(b []byte, node func(tlog.Hash)) {
	l, err := ParseLeaf(b)
	if err != nil {
		w.report.fault(LeafMalformed, w.tree.size)
	} else {
		w.report.count(&l)
	}
	w.hash(tlog.RecordHash(b), node)
}

func (w *walk) hash(h tlog.Hash, node func(tlog.Hash)) {
	w.tree.add(h, node)
	w.pass()
}

// finish returns the report; what is kept of a larger journal was cut off.
func (w *walk) finish() Report {
	for _, h := range w.kept {
		w.report.fault(CheckpointAhead, h.Size)
	}
	w.report.Head = w.tree.head()
	w.report.complete = true
	return w.report
}

// Verify reads every leaf that src held when it was called, computes all hashes
// anew, compares them with the stored nodes, and compares the roots at the
// sizes of the kept heads, which must come from [OpenCheckpoint] or [ReadKept].
// What a journal's keeper could have done shows only against heads that someone
// else kept.
//
// What is wrong is in the report; an error means that the context ended or that
// neither a leaf nor its hash could be read, and the report is then not OK.
func Verify(ctx context.Context, src Source, kept ...Head) (Report, error) {
	w := newWalk(kept)
	size := src.Size()
	place := int64(0)
	compare := func(h tlog.Hash) {
		stored, err := src.Node(place)
		switch {
		case err != nil:
			w.report.fault(NodeUnreadable, place)
		case stored != h:
			w.report.fault(NodeDiffers, place)
		}
		place++
	}
	for n := range size {
		if n%1024 == 0 && ctx.Err() != nil {
			return w.report, ctx.Err()
		}
		b, err := src.Leaf(n)
		if err == nil {
			w.leaf(b, compare)
			continue
		}
		// The leaf is lost; its stored hash lets the rest be checked.
		w.report.fault(LeafUnreadable, n)
		h, err := src.Node(place)
		if err != nil {
			w.report.fault(NodeUnreadable, place)
			return w.report, errors.New("verify journal: a leaf and its hash are both unreadable")
		}
		w.hash(h, compare)
	}
	return w.finish(), nil
}
