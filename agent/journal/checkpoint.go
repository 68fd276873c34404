package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrCheckpoint is a checkpoint that is malformed, of another journal, or not
// signed by a known key.
var ErrCheckpoint = errors.New("journal: not a checkpoint of this journal")

// maxCheckpoint bounds a signed note, with room for witnesses' signatures.
const maxCheckpoint = 16 << 10

// emptyHead is the head of a journal without leaves (RFC 6962, section 2.1).
var emptyHead = Head{0, sha256.Sum256(nil)}

// Checkpoint returns the signed head of src as [Head.Sign] writes it. It trusts
// the stored nodes; to sign what was checked, sign the head that [Verify]
// reports.
func Checkpoint(src Source, s note.Signer) ([]byte, error) {
	head, err := headAt(src, src.Size())
	if err != nil {
		return nil, fmt.Errorf("make checkpoint: %w", err)
	}
	return head.Sign(s)
}

// Sign returns the head in the form of C2SP tlog-checkpoint: the origin, the
// size and the root in base64, one a line, as a note signed by s. The origin is
// the name of s.
func (h Head) Sign(s note.Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: h.text(s.Name())}, s)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return msg, nil
}

func (h Head) text(origin string) string {
	return origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(h.Root[:]) + "\n"
}

// OpenCheckpoint returns the head in a checkpoint of the journal with this
// origin. At least one of the known keys of that name must have signed it;
// signatures of others, such as witnesses, are passed over. Extension lines are
// refused: this journal writes none. The error is [ErrCheckpoint].
func OpenCheckpoint(msg []byte, origin string, known note.Verifiers) (Head, error) {
	if len(msg) > maxCheckpoint {
		return Head{}, ErrCheckpoint
	}
	n, err := note.Open(msg, known)
	if err != nil {
		return Head{}, ErrCheckpoint
	}
	signed := false
	for _, s := range n.Sigs {
		signed = signed || s.Name == origin
	}
	lines := strings.Split(n.Text, "\n")
	if !signed || len(lines) != 4 {
		return Head{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || err2 != nil || size < 0 || size > maxSize || len(root) != 32 {
		return Head{}, ErrCheckpoint
	}
	h := Head{size, [32]byte(root)}
	if h.text(origin) != n.Text || size == 0 && h != emptyHead {
		return Head{}, ErrCheckpoint
	}
	return h, nil
}

// line is a checkpoint as one line of JSON: the last of an export, and each of
// a file of kept checkpoints.
type line struct {
	Checkpoint string `json:"checkpoint"`
}

// FormatKept returns a checkpoint as a line to append to a file of kept
// checkpoints, newline included. [ReadKept] reads such a file.
func FormatKept(checkpoint []byte) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line{string(checkpoint)}); err != nil {
		return nil, ErrCheckpoint
	}
	return b.Bytes(), nil
}

// parseKept reads what FormatKept writes, without the newline, and nothing else.
func parseKept(b []byte) ([]byte, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, ErrCheckpoint // the library's error quotes the input
	}
	again, err := FormatKept([]byte(l.Checkpoint))
	if err != nil || !bytes.Equal(again[:len(again)-1], b) {
		return nil, ErrCheckpoint
	}
	return []byte(l.Checkpoint), nil
}

// ReadKept returns the heads in a file of kept checkpoints, oldest first. Every
// whole line must be a checkpoint of the journal with this origin, else the
// error is [ErrCheckpoint]: a file that was tampered with is not half believed.
// A last line without its newline is an append that a crash cut short, and is
// left out.
func ReadKept(r io.Reader, origin string, known note.Verifiers) ([]Head, error) {
	var heads []Head
	lines := bufio.NewReaderSize(r, maxCheckpoint+1024)
	for {
		b, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return heads, nil
		case err == bufio.ErrBufferFull:
			return nil, ErrCheckpoint
		case err != nil:
			return nil, fmt.Errorf("read kept checkpoints: %w", err)
		}
		msg, err := parseKept(b[:len(b)-1])
		if err != nil {
			return nil, err
		}
		h, err := OpenCheckpoint(msg, origin, known)
		if err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
}
