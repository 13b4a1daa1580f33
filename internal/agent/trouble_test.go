package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/agentserver"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// ends runs an agent that cannot work, and checks why.
func (w *world) ends(want string) {
	w.Helper()
	err := New(w.config).Run(w.Context())
	if err == nil {
		w.Fatalf("it ends without an error, want %s", want)
	}
	if got := strings.ReplaceAll(err.Error(), w.state, "STATE"); !strings.Contains(got, want) {
		w.Errorf("it ends with\n%s\nwant\n%s", got, want)
	}
}

// One of two addresses goes away while the agent works: the other is asked. The first is
// the one that nothing ever answered at.
func TestFailOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, going := w.Listen(), w.Listen()
	gone.Close()
	w.config.Servers = []string{gone.URL, going.URL, w.URL}
	w.trust(1, "one")
	w.run()
	w.settles()
	going.Config.Close()
	w.trust(2, "two")
	w.settles()
}

// A server that cannot prove who it is hears nothing, not even a token.
func TestAServerWithAWrongCertificateIsNotSpokenTo(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), agentserver.New(t)
	other.Token("first")
	w.config.Servers = []string{other.URL}
	w.run()
	w.awaits("the server cannot prove who it is")
	if n := other.Requests(); n != 0 {
		t.Errorf("it heard %d requests", n)
	}
}

// A revoked agent says so once, keeps what it has and keeps asking; a new token that an
// operator lays down lets it in again, with another key.
func TestRevokedAndEnrolledAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	w.run()
	w.settles()
	before, err := os.ReadFile(filepath.Join(w.state, "identity.pem"))
	must(t, err)
	w.Revoke()
	w.trust(2, "two")
	w.awaits("the server refuses this agent")
	asked := w.Requests()
	servers.Await(t, "further attempts", func() bool { return w.Requests() > asked+2 })
	if w.has("etc/trust/ca.pem") != "one" || w.log.count("the server refuses this agent") != 1 {
		t.Errorf("the bundle is %q", w.has("etc/trust/ca.pem"))
	}
	w.token.lay(w.Token("second"))
	w.settles()
	w.matches()
	after, err := os.ReadFile(filepath.Join(w.state, "identity.pem"))
	must(t, err)
	if key, _, _ := strings.Cut(string(before), "-----END"); strings.HasPrefix(string(after), key) {
		t.Error("it has the key of before")
	}
	if longest := w.clock.longest(); longest > 5*time.Minute {
		t.Errorf("it waited %v", longest)
	}
}

// Away for so long that the server's root is another one by now: a person who gives the
// new root and a token brings the agent back.
func TestBackAfterTheServersRootIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	must(t, firstRun(w))
	w.ReplaceRoot()
	w.Serve()
	w.run()
	w.awaits("the server cannot prove who it is")
	w.WriteCA()
	w.token.lay(w.Token("second"))
	w.trust(2, "two")
	w.settles()
}

// firstRun is an agent that settled and was stopped.
func firstRun(w *world) error {
	w.Helper()
	stop := w.run()
	w.settles()
	return stop()
}

// What an agent cannot work with ends it, in words that say what to do.
func TestItCannotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *world)
		want   string
	}{
		"a refused token": {
			func(w *world) { w.token.lay("guessed") },
			"enrolling at the server: the enrolment token is not valid (enrol the agent with a new token)",
		},
		"no token": {
			func(w *world) { w.token.lay("") },
			"enrolling at the server: there is no enrolment token to try (make one for this machine, and give it with --enrolment-token-file or CLM_ENROLMENT_TOKEN)",
		},
		"no server": {
			func(w *world) { w.config.Servers = nil },
			"no server is named (give its address with --server",
		},
		"a server without TLS": {
			func(w *world) { w.config.Servers = []string{"http://127.0.0.1:1"} },
			"the address of a server begins with https://",
		},
		"no CA file": {
			func(w *world) { w.config.CAFile = filepath.Join(w.state, "missing.pem") },
			"reading the server's CA certificate from --ca-file STATE/missing.pem: open STATE/missing.pem: no such file or directory (a server writes it",
		},
		"a file where the state folder should be": {
			func(w *world) { must(w, os.WriteFile(w.state, nil, 0o600)) },
			"opening the state folder STATE: mkdir STATE: not a directory (name a folder that this user may make and write with --state-dir)",
		},
		"a damaged identity": {
			func(w *world) { must(w, firstRun(w)); w.damage("identity.pem") },
			"reading STATE/identity.pem: tls: failed to find",
		},
		"a damaged trust": {
			func(w *world) { must(w, firstRun(w)); w.damage("server-ca.pem") },
			"(it is damaged: put the server's CA certificate there",
		},
		"a damaged configuration": {
			func(w *world) { must(w, firstRun(w)); w.damage("configuration.json") },
			"reading STATE/configuration.json: unexpected end of JSON input (it is damaged: put a copy of it back, or remove it",
		},
		"a damaged pending key": {
			func(w *world) {
				must(w, os.Mkdir(w.state, 0o700))
				must(w, os.WriteFile(filepath.Join(w.state, "pending.key"), []byte("half"), 0o600))
			},
			"reading STATE/pending.key: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.trust(1, "one")
			c.before(w)
			w.ends(c.want)
		})
	}
}

// damage cuts a file of the state folder in half.
func (w *world) damage(name string) {
	w.Helper()
	path := filepath.Join(w.state, name)
	content, err := os.ReadFile(path)
	must(w, err)
	must(w, os.WriteFile(path, content[:len(content)/3], 0o600))
}

// Two agents do not share a folder; when the first has ended, the second may have it.
func TestTwoAgentsOnOneFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	stop := w.run()
	w.settles()
	w.ends("opening the state folder STATE: another process works with it (stop that, or name another folder with --state-dir)")
	must(t, stop())
	must(t, firstRun(w))
}

// full is a disk that takes nothing any more.
type full struct{ identity.Files }

var errFull = errors.New("no space left on device")

func (full) Replace(string, []byte) error { return errFull }

// A state folder that cannot be written stops nothing for good: what is stated stays
// true, and it goes on when there is room.
func TestTheStateFolderIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	must(t, firstRun(w))
	w.Tell(func(c *api.AgentConfiguration) { c.Trust = agentserver.Trust(2, "opt/trust", "ca.pem", "two") })
	stop := w.run(func(a *Agent) { a.wrap = func(f identity.Files) identity.Files { return full{f} } })
	w.awaits(errFull.Error())
	if w.has("opt/trust/ca.pem") != "" || w.has("etc/trust/ca.pem") != "one" {
		t.Error("files are put where the agent could not remember them")
	}
	must(t, stop())
	w.run()
	w.settles()
	if w.has("etc/trust/ca.pem") != "" {
		t.Error("the earlier place was not left")
	}
}
