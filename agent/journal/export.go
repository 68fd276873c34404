package journal

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Export writes every leaf that src holds as one line each, then one line
// {"checkpoint":"…"} with their head signed by s. The lines are the bytes that
// were hashed, so whoever has SHA-256 can check them; [VerifyExport] does.
func Export(ctx context.Context, w io.Writer, src Source, s note.Signer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	size := src.Size()
	for n := range size {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b, err := src.Leaf(n)
		if err != nil {
			return fmt.Errorf("read journal leaf: %w", err)
		}
		out.Write(b) // a bufio.Writer keeps its first error for Flush
		out.WriteByte('\n')
	}
	head, err := headAt(src, size)
	if err != nil {
		return fmt.Errorf("make checkpoint: %w", err)
	}
	msg, err := head.Sign(s)
	if err != nil {
		return err
	}
	last, err := FormatKept(msg)
	if err != nil {
		return err
	}
	out.Write(last)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

// VerifyExport reads what [Export] wrote and checks it against its own
// checkpoint and the kept heads. It needs neither the store nor a key of the
// agent but the public one. The report is as that of [Verify]; an error means
// that the reader failed or the context ended.
func VerifyExport(ctx context.Context, r io.Reader, origin string, known note.Verifiers, kept ...Head) (Report, error) {
	w := newWalk(kept)
	lines := bufio.NewReaderSize(r, maxLeaf+maxCheckpoint)
	signed := false
	for n := int64(0); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return w.report, ctx.Err()
		}
		b, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && len(b) == 0:
			if !signed {
				w.report.fault(CheckpointMissing, n)
			}
			return w.finish(), nil
		case signed && (err == nil || err == io.EOF || err == bufio.ErrBufferFull):
			w.report.fault(ExportTrailing, n)
			return w.finish(), nil
		case err == bufio.ErrBufferFull, err == io.EOF:
			// Neither a leaf nor a checkpoint: too long, or cut short.
			w.report.fault(LeafMalformed, n)
			w.report.fault(CheckpointMissing, n)
			return w.finish(), nil
		case err != nil:
			return w.report, fmt.Errorf("read export: %w", err)
		}
		b = b[:len(b)-1]
		if !bytes.HasPrefix(b, []byte(`{"checkpoint":`)) {
			w.leaf(b, func(tlog.Hash) {})
			continue
		}
		signed = true
		msg, err := parseKept(b)
		if err != nil {
			w.report.fault(CheckpointMalformed, n)
			continue
		}
		head, err := OpenCheckpoint(msg, origin, known)
		switch {
		case err != nil:
			w.report.fault(CheckpointMalformed, n)
		case head.Size > w.tree.size:
			w.report.fault(CheckpointAhead, head.Size)
		case head != w.tree.head():
			w.report.fault(CheckpointDiffers, head.Size)
		}
	}
}
