// Command mutate takes the guards of a root's replacement and of a push away, one at a
// time, and demands that a test fails each time: a guard nobody misses is no guard.
// With an argument it takes those whose description begins with it.
//
// The sources are never changed: each mutant is built from an overlay.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tests are what has to notice, fastest first. The long ones, which break off at
// every write, are left to the ordinary run.
var tests = [][]string{
	{"./internal/clm"},
	{"./internal/engine", "-run", "Approv|Reject|Order|Overtaken|Hour|Policy|Hook|Verify|Pushed|PushDies|RollBack|NothingToRollBack", "-skip", "Survives|Replace|Half|Releases"},
	{"./internal/engine", "-run", "Replace|Cancel|RollBack|Stop|Override|Silent|Force|Overlap|Released|CheckIn|Trust", "-skip", "Survives|WhateverHappens|LeavesAlone"},
}

func main() {
	tried, survivors, err := run(strings.Join(os.Args[1:], " "))
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	fmt.Printf("mutate: %d guards taken away, %d missed by no test\n", tried, survivors)
	if survivors > 0 {
		os.Exit(1)
	}
}

func run(chosen string) (tried, survivors int, err error) {
	if err := check(nil); err != nil {
		return 0, 0, fmt.Errorf("the tests fail without any mutation: %w", err)
	}
	for _, m := range slices.Concat(mutations, pushes) {
		if !strings.HasPrefix(m.guard, chosen) {
			continue
		}
		tried++
		killed, err := m.isKilled()
		if err != nil {
			return tried, survivors, fmt.Errorf("%s: %w", m.guard, err)
		}
		if killed == "" {
			survivors++
			killed = "NOBODY"
		}
		fmt.Printf("%-60s missed by %s\n", m.guard, killed)
	}
	return tried, survivors, nil
}

// isKilled names the tests that notice, or nothing.
func (m mutation) isKilled() (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.from); n != 1 {
		return "", fmt.Errorf("%q stands %d times in %s", m.from, n, m.file)
	}
	overlay, remove, err := overlayOf(m.file, strings.Replace(string(source), m.from, m.to, 1))
	if err != nil {
		return "", err
	}
	defer remove()
	var failed *exec.ExitError
	err = check([]string{"-overlay", overlay})
	switch {
	case err == nil:
		return "", nil
	case !errors.As(err, &failed):
		return "", err
	}
	killers := noticed(err)
	if killers == "" {
		return "", fmt.Errorf("it does not compile: %w", err)
	}
	return killers, nil
}

// check runs the tests until some fail.
func check(flags []string) error {
	for _, test := range tests {
		cmd := exec.Command("go", append(append([]string{"test"}, flags...), test...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s\n%w", out, err)
		}
	}
	return nil
}

// noticed is the tests that failed, "" when it did not come to that.
func noticed(err error) string {
	var names []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if name, found := strings.CutPrefix(line, "--- FAIL: "); found {
			names = append(names, strings.Fields(name)[0])
		}
	}
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// overlayOf makes the overlay in which a file has another content.
func overlayOf(file, content string) (path string, remove func(), err error) {
	folder, err := os.MkdirTemp("", "clm-mutate-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	mutant, path := filepath.Join(folder, "mutant.go"), filepath.Join(folder, "overlay.json")
	replaced, err := filepath.Abs(file)
	if err == nil {
		err = os.WriteFile(mutant, []byte(content), 0o600)
	}
	var text []byte
	if err == nil {
		text, err = json.Marshal(map[string]map[string]string{"Replace": {replaced: mutant}})
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	return path, remove, err
}
