package keyring

import (
	"fmt"
	"log/slog"
)

const opaqueMark = "[key]"

// opaque makes every type that embeds it print, log and marshal as a mark.
// Fields that hold keys are slices or pointers besides, because fmt passes
// methods by when the type sits in an unexported field of a printed struct.
type opaque struct{}

func (opaque) String() string               { return opaqueMark }
func (opaque) GoString() string             { return opaqueMark }
func (opaque) Format(f fmt.State, _ rune)   { fmt.Fprint(f, opaqueMark) }
func (opaque) LogValue() slog.Value         { return slog.StringValue(opaqueMark) }
func (opaque) MarshalText() ([]byte, error) { return []byte(opaqueMark), nil }
