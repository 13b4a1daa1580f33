package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/agentserver"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// trust is told as one file in etc/trust.
func (w *world) trust(epoch int64, content string) {
	w.Tell(func(c *api.AgentConfiguration) { c.Trust = agentserver.Trust(epoch, "etc/trust", "ca.pem", content) })
}

// An agent enrols, installs what it is told, states what it finds, and is quiet after
// that. openssl reads what it has.
func TestAnAgentsFirstDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, w.Bundle())
	w.run()
	w.settles()
	first := w.CheckIns()[0]
	if first.Tag != "" || first.Digest != "" || first.Inventory.Version != "1.2.3" || !strings.HasPrefix(first.Inventory.OperatingSystem, "linux/") {
		t.Errorf("before the first installation it states %+v", first)
	}
	if n := w.log.count(`"msg":"enrolled"`) + w.log.count(`"msg":"installed trust bundle","epoch":1,"digest":"`+w.Last().Digest); n != 2 {
		t.Errorf("the log says\n%s", &w.log)
	}
	if said := clmtest.OpenSSL(t, w.root, "storeutl", "-noout", "-certs", "etc/trust/ca.pem"); !strings.Contains(said, "Total found: 2") {
		t.Errorf("openssl finds in the bundle: %s", said)
	}
	w.matches()
	w.trust(2, "second")
	w.settles()
	if got := w.has("etc/trust/ca.pem"); got != "second" {
		t.Errorf("the bundle is %q", got)
	}
	if strings.Contains(w.log.String(), "first") {
		t.Errorf("the token is in the log\n%s", &w.log)
	}
}

// matches has openssl compare the key of the identity with its certificate, and looks at
// who may read it.
func (w *world) matches() {
	w.Helper()
	certified := clmtest.OpenSSL(w, w.state, "x509", "-in", "identity.pem", "-noout", "-pubkey")
	if held := clmtest.OpenSSL(w, w.state, "pkey", "-in", "identity.pem", "-pubout"); held != certified {
		w.Errorf("the certificate is of\n%sand the key is\n%s", certified, held)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "identity.pem": 0o600, "configuration.json": 0o600} {
		info, err := os.Stat(filepath.Join(w.state, name))
		must(w, err)
		if info.Mode().Perm() != mode {
			w.Errorf("%q has mode %v", name, info.Mode())
		}
	}
	if _, err := os.Stat(filepath.Join(w.state, "pending.key")); err == nil {
		w.Error("a pending key is left")
	}
}

// The bundle moves to another directory and other names; nothing stays behind.
func TestTheBundleMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Tell(func(c *api.AgentConfiguration) {
		c.Trust = agentserver.Trust(1, "etc/trust", "ca.pem", "one", "ca.jks", "ca.p12")
	})
	w.run()
	w.settles()
	w.Tell(func(c *api.AgentConfiguration) {
		c.Trust = agentserver.Trust(1, "etc/trust", "roots.pem", "one", "ca.jks")
	})
	w.settles()
	if w.has("etc/trust/ca.pem")+w.has("etc/trust/ca.p12") != "" || w.has("etc/trust/roots.pem") != "one" || w.has("etc/trust/ca.jks") != "ca.jks of one" {
		t.Error("the names did not change")
	}
	w.Tell(func(c *api.AgentConfiguration) { c.Trust = agentserver.Trust(2, "opt/trust", "roots.pem", "two") })
	w.settles()
	servers.Await(t, "end of the earlier place", func() bool {
		_, err := os.Stat(w.path("etc"))
		return os.IsNotExist(err)
	})
	if got := w.has("opt/trust/roots.pem"); got != "two" {
		t.Errorf("the bundle is %q", got)
	}
}

// What somebody changed by hand is put right once the server has said that it still is;
// a form beside the bundle is part of it.
func TestWhatWasChangedByHandIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Tell(func(c *api.AgentConfiguration) {
		c.Trust = agentserver.Trust(1, "etc/trust", "ca.pem", "one", "ca.jks")
	})
	w.run()
	w.settles()
	for _, name := range []string{"etc/trust/ca.pem", "etc/trust/ca.jks"} {
		right := w.has(name)
		must(t, os.Remove(w.path(name)))
		w.write(name, "by hand")
		servers.Await(t, "repair of "+name, func() bool { return w.has(name) == right })
		w.settles()
	}
}

// A file of somebody else in the way is stated as the failure that it is, once; the agent
// installs when it is gone.
func TestAForeignFileIsInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("etc/trust/ca.pem", "somebody's")
	w.trust(1, "one")
	w.run()
	servers.Await(t, "stated failure", func() bool { return strings.Contains(w.Last().Failure, "etc/trust/ca.pem is there already") })
	before := len(w.CheckIns())
	servers.Await(t, "further check-ins", func() bool { return len(w.CheckIns()) > before+2 })
	last := w.Last()
	if last.Failure == "" || last.Digest == "" || w.has("etc/trust/ca.pem") != "somebody's" || w.log.count("cannot be installed") != 1 {
		t.Errorf("it states %+v; the log says\n%s", last, &w.log)
	}
	must(t, os.Remove(w.path("etc/trust/ca.pem")))
	w.settles()
}

// A device that nothing is written to any more keeps what it has and goes on stating what
// it finds; one that must not be looked at states nothing.
func TestNothingIsToBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	w.run()
	w.settles()
	w.Tell(func(c *api.AgentConfiguration) {
		c.Trust = agentserver.Trust(2, "etc/trust", "ca.pem", "two")
		c.Trust.ReadOnly = true
	})
	servers.Await(t, "statement of what is there", func() bool { return w.Last().Tag == "tag-2" && w.Last().Digest == sha256Of([]byte("one")) })
	must(t, os.Remove(w.path("etc/trust/ca.pem")))
	w.write("etc/trust/ca.pem", "two") // whoever writes there does it by hand
	w.settles()
	w.Tell(func(c *api.AgentConfiguration) { c.Trust = nil })
	w.settles()
	if got := w.Last(); got.Digest != "" || w.has("etc/trust/ca.pem") != "two" {
		t.Errorf("it states %+v", got)
	}
}

// The device was made anew under another id: what lies there is not taken away for that.
func TestTheDeviceHasAnotherID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	w.run()
	w.settles()
	w.Tell(func(c *api.AgentConfiguration) {
		c.DeviceID = "dev_2"
		c.Trust = agentserver.Trust(2, "etc/trust", "ca.pem", "two")
	})
	w.settles()
}

// The certificate is renewed when it is time, shown from then on, and not renewed again
// for the same reason.
func TestRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	stop := w.run()
	w.settles()
	later := time.Now().Add(time.Hour)
	w.Tell(func(c *api.AgentConfiguration) { c.RenewAt = &later })
	w.settles()
	now := time.Now()
	w.Tell(func(c *api.AgentConfiguration) { c.RenewAt = &now })
	servers.Await(t, "other certificate", func() bool { return len(w.Shown()) == 2 })
	w.matches()
	must(t, stop())
	before := len(w.CheckIns())
	w.token.lay("")
	w.run()
	servers.Await(t, "check-ins of another process", func() bool { return len(w.CheckIns()) > before+2 })
	if shown := w.Shown(); len(shown) != 2 || w.log.count(`"msg":"renewed"`) != 1 {
		t.Errorf("certificates shown: %v; the log says\n%s", shown, &w.log)
	}
}

// The server's root is replaced: agents trust the new one before it is used, and it alone
// afterwards.
func TestTheServersRootIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(1, "one")
	w.run()
	w.settles()
	w.ReplaceRoot()
	w.settles()
	w.Serve()
	other := w.Listen()
	w.Tell(func(c *api.AgentConfiguration) { c.ServerURLs = []string{"http://plain.example.com", other.URL} })
	w.settles()
	w.trust(2, "two")
	w.settles()
	if w.log.count("an address of the configuration is not used") != 1 || w.log.count("cannot prove") != 0 {
		t.Errorf("the log says\n%s", &w.log)
	}
}
