//go:build race

package house

func init() { underRace = true }
