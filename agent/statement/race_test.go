//go:build race

package statement

func init() { underRace = true }
