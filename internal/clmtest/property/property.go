// Package property runs property tests that try the same cases every time, so that
// they pass or fail for everybody alike. -rapid.seed=7 tries others, and
// -rapid.checks=1000 more of them.
package property

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// What the command line says is parsed later, and wins.
func init() { //nolint:gochecknoinits // a flag's default has to be there before flags are parsed
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// Check holds a property to cases that are drawn. The error of a failure says how to
// see it again.
func Check(t *testing.T, holds func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, holds)
}
