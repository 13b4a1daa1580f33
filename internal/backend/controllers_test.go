package backend_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
)

const (
	controllers    = 5
	slots          = 10 // roots that are replaced
	childrenOfEach = 2
	devicesOfEach  = 2
)

// crew are controllers, each with a backend of its own, on one database.
type crew struct {
	*testing.T
	controllers []*client.Client
	keeper      *backend.Backend // of the first
	slots       []slot
}

// slot is a root that is replaced, with what hangs on it.
type slot struct {
	name, old, now string // fingerprints
	connectors     []string
	folders        []string // of its devices
}

// TestControllers: five controllers drive ten replacements at once, each of them every
// one, until all are done. Whoever is first makes a transition, signs a child and has it
// on a device; the others do nothing twice.
func TestControllers(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	for i := range slots {
		c.slots = append(c.slots, c.slot(fmt.Sprintf("root-%d", i)))
	}
	before := len(c.trail())
	c.replaceAll()
	c.driveAll()
	events := c.trail()[before:]
	for _, s := range c.slots {
		c.holdsEnd(s)
		c.holdsOnce(s, events)
	}
	if rows, _, err := c.keeper.VerifyAudit(t.Context()); err != nil || rows != int64(before+len(events)) {
		t.Errorf("of %d audit rows %d verify: %v", before+len(events), rows, err)
	}
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	clock, url := clmtest.NewClock(), postgres.URL(t)
	c := &crew{T: t}
	for i := range controllers {
		b := opened(t, backend.Config{DatabaseURL: url, Passphrase: "words", Clock: clock, PushPatience: time.Minute})
		c.controllers = append(c.controllers, clmtest.NewClient(b, fmt.Sprintf("test:controller-%d", i)))
		if i == 0 {
			c.keeper = b
		}
	}
	return c
}

func (c *crew) trail() []api.AuditEvent {
	c.Helper()
	events, err := c.controllers[0].AuditEvents(c.Context())
	must(c.T, err)
	return events
}

// slot makes a root that two devices trust, and two certificates from it on each.
func (c *crew) slot(name string) slot {
	c.Helper()
	ask := c.controllers[0]
	root, err := ask.CreateRootCertificate(c.Context(), slotRoot(name, "Old"))
	must(c.T, err)
	profile, err := ask.CreateCommunicationProfile(c.Context(), api.WriteCommunicationProfile{
		Name: name, RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 900, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	must(c.T, err)
	s := slot{name: name, old: root.FingerprintSHA256}
	var devices []string
	for i := range devicesOfEach {
		s.folders = append(s.folders, c.TempDir())
		device, err := ask.CreateDevice(c.Context(), api.WriteDevice{
			Name: fmt.Sprintf("%s-device-%d", name, i), CertSync: "managed", CommunicationProfileID: profile.ID, Local: &api.Local{RootDirectory: s.folders[i]},
		})
		must(c.T, err)
		devices = append(devices, device.ID)
	}
	for i := range childrenOfEach {
		s.connectors = append(s.connectors, c.child(fmt.Sprintf("%s-child-%d", name, i), root.ID, devices, s.folders)...)
	}
	return s
}

func slotRoot(name, generation string) api.WriteRootCertificate {
	return api.WriteRootCertificate{
		Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: generation + " " + name}, ValidityPeriodHours: 87600,
		}},
		Policy: &api.ReplacementPolicy{Finalize: true, MinimumReceivedPercent: 100, OnFailure: "stop"},
	}
}

// child is a certificate on every device, whose script counts.
func (c *crew) child(name, rootID string, devices, folders []string) (connectors []string) {
	c.Helper()
	made, err := c.controllers[0].CreateCertificate(c.Context(), api.CertificateSpec{
		Name: name, IssuerID: rootID, DNSNames: []string{name + ".example.com"}, ValidityPeriodHours: 720,
	})
	must(c.T, err)
	for i, device := range devices {
		connector := fmt.Sprintf("%s-on-%d", name, i)
		_, err := c.controllers[0].CreateConnector(c.Context(), api.WriteConnector{
			Name: connector, CertificateID: made.Certificate.ID, DeviceID: device,
			FileSystem: api.FileSystem{Format: "pem", Directory: name, CertificateFile: "tls.crt", KeyFile: "tls.key"},
			Push: &api.PushSettings{Automatic: true, IncludeChain: true, PostScript: &api.Script{
				Inline: "sha256sum <" + filepath.Join(folders[i], name, "tls.crt") + " >>" + filepath.Join(folders[i], connector+".taken"), Repeatable: true,
			}},
		})
		must(c.T, err)
		connectors = append(connectors, connector)
	}
	return connectors
}

// replaceAll stages the replacements.
func (c *crew) replaceAll() {
	c.Helper()
	for i, s := range c.slots {
		root, err := c.controllers[i%controllers].RootCertificate(c.Context(), s.name)
		must(c.T, err)
		root, err = c.controllers[i%controllers].UpdateRootCertificate(c.Context(), root.ID, slotRoot(s.name, "New"))
		must(c.T, err)
		c.slots[i].now = root.FingerprintSHA256
	}
}

// driveAll has every controller drive every root until it is done.
func (c *crew) driveAll() {
	c.Helper()
	ctx := context.WithoutCancel(c.Context())
	var all sync.WaitGroup
	for _, controller := range c.controllers {
		for _, s := range c.slots {
			all.Go(func() { drive(ctx, c.T, controller, s) })
		}
	}
	all.Wait()
}

// drive advances a root until its replacement is over. Somebody else may be first, again
// and again; the next attempt finds out how far that came.
func drive(ctx context.Context, t *testing.T, controller *client.Client, s slot) {
	for range 100 {
		out, err := controller.AdvanceRootCertificate(ctx, s.name, api.Advance{})
		switch {
		case err == nil && out.RootCertificate.State == "active":
			return
		case err != nil && !api.Is(err, api.CodeConflict):
			t.Errorf("advancing %s: %v", s.name, err)
			return
		}
	}
	t.Errorf("%s does not get there", s.name)
}

// holdsEnd: the new certificate is in use, and openssl verifies what the devices have by
// what the devices trust.
func (c *crew) holdsEnd(s slot) {
	c.Helper()
	root, err := c.controllers[1].RootCertificate(c.Context(), s.name)
	must(c.T, err)
	if root.State != "active" || s.now == s.old || root.InUseFingerprint != s.now || root.FingerprintSHA256 != s.now {
		c.Errorf("%s is %s with %s, was %s and should be %s", s.name, root.State, root.InUseFingerprint, s.old, s.now)
	}
	for _, folder := range s.folders {
		for i := range childrenOfEach {
			clmtest.OpenSSL(c, folder, "verify", "-CAfile", "trust/ca.pem", fmt.Sprintf("%s-child-%d/tls.crt", s.name, i))
		}
	}
}

// holdsOnce counts the effects, in the audit trail and on the devices.
func (c *crew) holdsOnce(s slot, events []api.AuditEvent) {
	c.Helper()
	once := []string{"root_certificate.replace", "root_certificate.finalize", "root_certificate.complete_activation", "root_certificate.retire"}
	for _, action := range once {
		if n := count(events, s.name, action); n != 1 {
			c.Errorf("%s: %s happened %d times", s.name, action, n)
		}
	}
	for i := range childrenOfEach {
		if n := count(events, fmt.Sprintf("%s-child-%d", s.name, i), "certificate.renew"); n != 1 {
			c.Errorf("child %d of %s was issued %d times", i, s.name, n)
		}
	}
	for _, connector := range s.connectors {
		c.pushedOnce(connector, events)
	}
	for _, folder := range s.folders {
		c.takenOnce(folder)
	}
}

// pushedOnce: what the child was issued, and the chain without the old root's word when
// that is retired.
func (c *crew) pushedOnce(connector string, events []api.AuditEvent) {
	c.Helper()
	for action, want := range map[string]int{"begin_push": 2, "complete_push": 2, "fail_push": 0} {
		if n := count(events, connector, "connector."+action); n != want {
			c.Errorf("%s: %s happened %d times, not %d", connector, action, n, want)
		}
	}
}

// takenOnce: a device's scripts saw each content of the file once, first the one of
// before the replacement.
func (c *crew) takenOnce(folder string) {
	c.Helper()
	logs, err := filepath.Glob(filepath.Join(folder, "*.taken"))
	must(c.T, err)
	if len(logs) != childrenOfEach {
		c.Errorf("%d connectors have had scripts run", len(logs))
	}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		must(c.T, err)
		taken := strings.Fields(strings.ReplaceAll(string(content), " -", ""))
		if distinct := slices.Compact(slices.Sorted(slices.Values(taken))); len(taken) != 3 || len(distinct) != 3 {
			c.Errorf("%s was taken in %d times, %d contents", filepath.Base(log), len(taken), len(distinct))
		}
	}
}

func count(events []api.AuditEvent, subject, action string) (n int) {
	for _, e := range events {
		if e.Subject == subject && e.Action == action {
			n++
		}
	}
	return n
}
