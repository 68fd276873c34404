package house

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

// registersDir holds every version of the registers that this agent has decided
// by: one file each, named by its digest.
const registersDir = "registers"

// encode writes the registers and takes their digest. JSON sorts the keys of
// maps, so the same registers give the same bytes.
func (r *registers) encode() {
	b, err := json.Marshal([]any{r.mode, r.notices, r.assessments, r.recipients, r.class})
	if err != nil {
		panic("house: registers do not encode") // cannot happen: texts, numbers and lists of them
	}
	r.text, r.digest = b, sha256.Sum256(b)
}

// keepRegisters makes the registers durable under their digest, before anything
// is decided by them: what a finding says of them is their digest alone.
func keepRegisters(dir string, r *registers) error {
	folder := filepath.Join(dir, registersDir)
	if err := os.Mkdir(folder, 0o700); err == nil {
		err = syncFolder(dir)
		if err != nil {
			return fmt.Errorf("keep registers: %w", err)
		}
	} else if !errors.Is(err, os.ErrExist) {
		return errors.New("keep registers: the folder cannot be made")
	}
	path := filepath.Join(folder, hex.EncodeToString(r.digest[:])+".json")
	if b, err := os.ReadFile(path); err == nil && sha256.Sum256(b) != r.digest {
		// Damaged: these are the right bytes, so nothing is lost by writing anew.
		if err := os.Remove(path); err != nil {
			return errors.New("keep registers: a damaged file cannot be replaced")
		}
	}
	return writeNew(path, r.text, 0o600)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return errors.New("the folder cannot be opened")
	}
	return errors.Join(d.Sync(), d.Close())
}

// pastRegisters finds the registers that had a digest. What is not there, or is
// not what its name says, is nil.
func pastRegisters(dir string) func([32]byte) agent.Registers {
	var mu sync.Mutex
	read := map[[32]byte]*registers{}
	return func(digest [32]byte) agent.Registers {
		mu.Lock()
		defer mu.Unlock()
		r, ok := read[digest]
		if !ok {
			r = readRegisters(filepath.Join(dir, registersDir, hex.EncodeToString(digest[:])+".json"), digest)
			read[digest] = r
		}
		if r == nil {
			return nil
		}
		return r
	}
}

func readRegisters(path string, digest [32]byte) *registers {
	b, err := os.ReadFile(path)
	if err != nil || sha256.Sum256(b) != digest {
		return nil
	}
	r := &registers{text: b, digest: digest}
	into := []any{&r.mode, &r.notices, &r.assessments, &r.recipients, &r.class}
	var parts []json.RawMessage
	if json.Unmarshal(b, &parts) != nil || len(parts) < 4 || len(parts) > len(into) { // the class came later
		return nil
	}
	for i := range parts {
		if json.Unmarshal(parts[i], into[i]) != nil {
			return nil
		}
	}
	return r
}
