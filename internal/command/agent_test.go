package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An agent that cannot work as it was set up ends at once, and says what to do. It needs
// no estate.
func TestAgentRefuses(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	agent := func(args ...string) []string { return append([]string{"agent", "--state-dir", state}, args...) }
	refuses(t, "missing flags: --server=URL,...", agent()...)
	refuses(t, "the address of a server begins with https:// and holds no user and no query: give one such as https://clm.example.com:8443 with --server",
		agent("--server", "http://clm.example.com")...)
	refuses(t, "enrolling at the server: there is no enrolment token to try (make one for this machine, and give it with --enrolment-token-file or CLM_ENROLMENT_TOKEN)",
		agent("--server", "https://127.0.0.1:1", "--enrolment-token-file", filepath.Join(state, "none"))...)
	for _, given := range [][]string{
		{"--enrolment-token", "clm_sesame", "--enrolment-token-file", "token"},
		{"--insecure"},
	} {
		out, err := typed(t, agent(append(given, "--server", "https://127.0.0.1:1")...)...)
		if err == nil || strings.Contains(err.Error()+out, "sesame") {
			t.Errorf("%v: %s%v", given, out, err)
		}
	}
	if entries, err := os.ReadDir(state); err == nil && len(entries) > 1 {
		t.Errorf("it left %v", entries)
	}
}
