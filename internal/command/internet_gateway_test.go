package command_test

import (
	"path/filepath"
	"testing"
)

// A gateway that cannot work as it was set up ends at once, and says what to do; so does
// the refresh of one that does not run.
func TestInternetGatewayRefuses(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	gateway := func(args ...string) []string {
		return append([]string{"internet-gateway"}, append(args, "--state-dir", state)...)
	}
	refuses(t, "missing flags: --server=URL,...", gateway()...)
	refuses(t, "the address of a server begins with https:// and holds no user and no query: give one such as https://clm.example.com:8443 with --server",
		gateway("--server", "http://clm.example.com", "--listen", "127.0.0.1:0")...)
	refuses(t, "enrolling at the server: there is no enrolment token to try (make one for this machine, and give it with --enrolment-token-file or CLM_ENROLMENT_TOKEN)",
		gateway("--server", "https://127.0.0.1:1", "--listen", "127.0.0.1:0", "--enrolment-token-file", filepath.Join(state, "none"))...)
	refuses(t, "asking the gateway: dial unix "+filepath.Join(state, "refresh.sock")+": connect: no such file or directory (it has to run on this machine, and --state-dir is its own)",
		gateway("refresh")...)
}
