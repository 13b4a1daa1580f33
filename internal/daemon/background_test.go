package daemon_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// unattended is an estate that servers look after, and nobody else.
type unattended struct {
	*clmtest.Estate
	t     *testing.T
	began time.Time
	device
}

type device struct {
	id, folder string
}

// TestBackgroundWork is one story on each kind of estate: alone in a folder, and with
// two servers on PostgreSQL. Every effect happens once.
func TestBackgroundWork(t *testing.T) {
	t.Parallel()
	for name, estates := range map[string]func(*testing.T) []*clmtest.Estate{
		"in a folder":                func(t *testing.T) []*clmtest.Estate { return []*clmtest.Estate{clmtest.NewBackend(t)} },
		"on PostgreSQL, two servers": twoOnPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := estates(t)
			u := newUnattended(t, all[0])
			var served []*world
			for _, estate := range all {
				served = append(served, background(t, estate))
			}
			u.story(t)
			token := served[0].token(t, "viewer")
			for _, w := range served {
				u.isTold(t, w, token)
			}
		})
	}
}

func twoOnPostgres(t *testing.T) []*clmtest.Estate {
	url := postgres.URL(t)
	first := clmtest.NewBackend(t, func(c *backend.Config) { c.DataDir, c.DatabaseURL, c.Passphrase = "", url, "words" })
	second := clmtest.NewBackend(t, func(c *backend.Config) { *c = first.Config })
	second.Clock = first.Clock
	return []*clmtest.Estate{first, second}
}

// background is a server that looks every second.
func background(t *testing.T, estate *clmtest.Estate) *world {
	return servingEstate(t, estate, func(c *daemon.Config) { c.Background = time.Second })
}

// newUnattended has a certificate that is due after 480 hours, one that cannot be
// renewed when it is due, one whose push is to be made after 90 hours, and a list.
func newUnattended(t *testing.T, estate *clmtest.Estate) *unattended {
	t.Helper()
	u := &unattended{Estate: estate, t: t, began: estate.Clock.Now(), device: device{folder: t.TempDir()}}
	ctx := t.Context()
	root, err := u.CreateRootCertificate(ctx, api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 8760},
	}})
	must(t, err)
	made, err := u.CreateDevice(ctx, api.WriteDevice{Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: u.folder}})
	must(t, err)
	u.id = made.ID
	u.place("shop", root.ID, 720, 240, api.PushSettings{})
	u.certificate("too-long", root.ID, 8700, 8600)
	policy, err := u.CreateApprovalPolicy(ctx, api.WriteApprovalPolicy{Name: "one", Levels: 1, ExpiresSeconds: 10 * 24 * 3600})
	must(t, err)
	hour := u.began.Add(90 * time.Hour)
	u.place("mail", root.ID, 720, 0, api.PushSettings{ApprovalPolicyID: policy.ID, ScheduledAt: &hour})
	orders, err := u.WorkOrders(ctx, "", "")
	must(t, err)
	_, err = clmtest.NewClient(u.Backend, "test:bob").DecideWorkOrder(ctx, orders[0].ID, api.Decision{Verb: "approve"})
	must(t, err)
	return u
}

func (u *unattended) certificate(name, issuer string, hours, early int64) string {
	u.t.Helper()
	made, err := u.CreateCertificate(u.t.Context(), api.CertificateSpec{
		Name: name, IssuerID: issuer, DNSNames: []string{name + ".example.com"}, ValidityPeriodHours: hours, EarlyRenewalHours: early,
	})
	must(u.t, err)
	return made.Certificate.ID
}

// place has a certificate pushed to the device, whose script counts.
func (u *unattended) place(name, issuer string, hours, early int64, push api.PushSettings) {
	u.t.Helper()
	push.Automatic, push.IncludeChain, push.PostScript = true, true, &api.Script{Inline: "echo push >>" + u.count(name), Repeatable: true}
	_, err := u.CreateConnector(u.t.Context(), api.WriteConnector{
		Name: name, CertificateID: u.certificate(name, issuer, hours, early), DeviceID: u.id, Push: &push,
		FileSystem: api.FileSystem{Format: "pem", Directory: name, CertificateFile: "tls.crt", KeyFile: "tls.key"},
	})
	must(u.t, err)
}

func (u *unattended) count(name string) string { return filepath.Join(u.folder, name+".count") }

// pushes is how often the device has taken something in.
func (u *unattended) pushes(name string) int {
	content, _ := os.ReadFile(u.count(name)) // it is not there before the first
	return strings.Count(string(content), "push")
}

// signed is how many revocation lists servers have signed by themselves.
func (u *unattended) signed() (lists int) {
	u.t.Helper()
	for _, e := range u.trail() {
		if e.Action == "root_certificate.sign_revocation_list" && e.Principal == "server:clm-server" && e.Subject == "lab" {
			lists++
		}
	}
	return lists
}

func (u *unattended) trail() []api.AuditEvent {
	u.t.Helper()
	events, err := u.AuditEvents(u.t.Context())
	must(u.t, err)
	return events
}

func (u *unattended) kind(kind string) api.BackgroundWork {
	u.t.Helper()
	all, err := u.BackgroundWork(u.t.Context())
	must(u.t, err)
	return all[slices.IndexFunc(all, func(b api.BackgroundWork) bool { return b.Kind == kind })]
}

// at moves the clock, to so long after the beginning.
func (u *unattended) at(after time.Duration) { u.Clock.Advance(u.began.Add(after).Sub(u.Clock.Now())) }

// story is three weeks.
func (u *unattended) story(t *testing.T) {
	t.Helper()
	servers.Await(t, "first list", func() bool { return u.signed() == 1 })
	u.at(84 * time.Hour)
	servers.Await(t, "list that follows it when half of its life is over", func() bool { return u.signed() == 2 })
	if u.pushes("mail") != 0 {
		t.Error("a work order is carried out before its hour")
	}
	u.at(91 * time.Hour)
	servers.Await(t, "push at its hour", func() bool { return u.pushes("mail") == 1 })
	u.at(481 * time.Hour)
	servers.Await(t, "push of the renewed certificate", func() bool { return u.pushes("shop") == 2 })
	servers.Await(t, "word of what cannot be renewed", func() bool { return len(u.kind("renew_certificates").Troubles) == 1 })
	u.at(482 * time.Hour) // two more rounds, for what might happen twice
	for range 2 {
		u.passes(t)
	}
	if u.pushes("shop") != 2 || u.pushes("mail") != 1 || u.signed() != 3 {
		t.Errorf("%d and %d pushes and %d lists are not 2, 1 and 3", u.pushes("shop"), u.pushes("mail"), u.signed())
	}
	u.holds(t)
}

// passes waits for a round that begins from now on.
func (u *unattended) passes(t *testing.T) {
	t.Helper()
	u.Clock.Advance(time.Second)
	now := u.Clock.Now().UTC().Truncate(time.Microsecond)
	for _, kind := range []string{"renew_certificates", "push_certificates", "sign_revocation_lists"} {
		servers.Await(t, "another round of "+kind, func() bool {
			w := u.kind(kind)
			return w.EndedAt != nil && !w.BegunAt.Before(now) && !w.UnderWay
		})
	}
}

// holds looks at what has become of the estate.
func (u *unattended) holds(t *testing.T) {
	t.Helper()
	renewals := 0
	for _, e := range u.trail() {
		if e.Action == "certificate.renew" {
			renewals++
		}
	}
	for name, want := range map[string]string{"shop": "in_sync", "mail": "in_sync"} {
		c, err := u.ObserveConnector(t.Context(), name)
		must(t, err)
		if c.Sync == nil || c.Sync.Status != want {
			t.Errorf("connector %s is %+v", name, c.Sync)
		}
	}
	if renewals != 1 {
		t.Errorf("there were %d renewals", renewals)
	}
}

// isTold holds that a server tells how it goes: by the API, in numbers and in the log.
func (u *unattended) isTold(t *testing.T, w *world, token string) {
	t.Helper()
	told := u.kind("renew_certificates")
	if told.Outcome != "troubled" || told.Troubles[0].Name != "too-long" || told.Troubles[0].Noun != "certificate" || !strings.Contains(told.Troubles[0].Error, "would outlive its issuer") {
		t.Errorf("what is told of renewals is %+v", told)
	}
	if lists := u.kind("sign_revocation_lists"); lists.Outcome != "succeeded" || lists.SucceededAt == nil || !lists.NextAt.After(*lists.BegunAt) {
		t.Errorf("what is told of lists is %+v", lists)
	}
	_, content := w.got(t, "/metrics", token)
	for _, line := range []string{`clm_background_troubles{kind="renew_certificates"} 1`, `clm_background_troubles{kind="push_certificates"} 0`, "clm_background_queue_depth ", `clm_background_last_success_timestamp_seconds{kind="sign_revocation_lists"} 1`} {
		if !strings.Contains(content, "\n"+line) {
			t.Errorf("the numbers lack %s", line)
		}
	}
	if said := w.log.String(); strings.Contains(said, `"level":"ERROR"`) {
		t.Errorf("the log is\n%s", said)
	}
}
