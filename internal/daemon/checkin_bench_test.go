package daemon_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// together is how many agents check in at once, each on a connection of its own.
const together = 64

// BenchmarkCheckIn is what a server takes in of agents, over HTTPS with certificates on
// both sides. Two floors take turns with it: the same requests by the same TLS to a
// server that answers nothing (of-https), and the one statement on the database that
// none could do without (of-statement): reading a receipt, or writing one, as many to a
// commit as there are agents at once.
//
// unchanged: nothing is new, and nothing is written. receipt: the device has installed
// another bundle. kept: on connections that stay. shaken: by a handshake each time, as
// agents do that come more rarely than a connection is kept.
func BenchmarkCheckIn(b *testing.B) {
	for name, open := range estates {
		b.Run(name, func(b *testing.B) {
			c := newCheckIns(b, open(b))
			for _, way := range []string{"kept", "shaken"} {
				ours, floor := c.callers(b, "https://"+c.Address(), way), c.callers(b, c.floor, way)
				b.Run("unchanged/"+way, func(b *testing.B) { c.compare(b, ours, floor, c.unchanged, readers, c.bare.read) })
				b.Run("receipt/"+way, func(b *testing.B) { c.compare(b, ours, floor, c.receipt, 1, c.bare.write) })
			}
		})
	}
}

// compare lets the three take turns.
func (c *checkIns) compare(b *testing.B, ours, floor []*client.Client, digest func(n int) string, at int, statement func(context.Context) (int, error)) {
	var said [together]int
	check := func(agents []*client.Client) func(int) (int, error) {
		return func(caller int) (int, error) {
			said[caller]++
			told, err := agents[caller].CheckIn(b.Context(), api.CheckIn{Tag: c.tags[caller], Digest: digest(said[caller])})
			if told != nil {
				err = errors.Join(err, errors.New("something is new"))
			}
			return 1, err
		}
	}
	for caller := range together { // connects
		for _, agents := range [][]*client.Client{ours, floor} {
			_, err := check(agents)(caller)
			must(b, err)
		}
	}
	var server, https, database clmtest.Turns
	for b.Loop() {
		server.Take(b, together, check(ours))
		https.Take(b, together, check(floor))
		database.Take(b, at, func(int) (int, error) { return statement(b.Context()) })
	}
	b.ReportMetric(0, "ns/op") // of a turn of all: it says nothing
	b.ReportMetric(server.PerSecond(), "check-ins/s")
	b.ReportMetric(server.PerSecond()/https.PerSecond(), "of-https")
	b.ReportMetric(server.PerSecond()/database.PerSecond(), "of-statement")
}

// checkIns are a server with agents, and the floors.
type checkIns struct {
	*crew
	digests [2]string // of bundles the profile has published; the second is in force
	tags    [together]string
	floor   string // the address of a server that answers nothing
	bare    *bare
}

func newCheckIns(b *testing.B, estate *clmtest.Estate) *checkIns {
	b.Helper()
	c := &checkIns{crew: newCrew(b, estate, together), bare: openBare(b, estate.Config)}
	for i := range together {
		c.bare.devices = append(c.bare.devices, c.device(b, fmt.Sprintf("bare-%02d", i), c.profile.ID).ID)
	}
	c.publish(b)
	c.floor = c.answeringNothing(b)
	c.bare.digests = c.digests
	return c
}

// publish has the profile trust one root more, and notes both bundles and what each agent
// is told. The clock stands still: who checked in was just seen.
func (c *checkIns) publish(b *testing.B) {
	b.Helper()
	agents := c.callers(b, "https://"+c.Address(), "kept")
	first, err := agents[0].CheckIn(b.Context(), api.CheckIn{})
	must(b, err)
	root, err := c.estate.CreateRootCertificate(b.Context(), selfSigned("another"))
	must(b, err)
	_, err = c.estate.UpdateCommunicationProfile(b.Context(), c.profile.ID, api.WriteCommunicationProfile{
		Name: c.profile.Name, RootCertificateIDs: append(c.profile.RootCertificateIDs, root.ID), CheckInIntervalSeconds: 900, TrustStore: c.profile.TrustStore,
	})
	must(b, err)
	for i, agent := range agents {
		told, err := agent.CheckIn(b.Context(), api.CheckIn{})
		must(b, err)
		c.tags[i], c.digests = told.Tag, [2]string{first.Trust.Digest, told.Trust.Digest}
		_, err = agent.CheckIn(b.Context(), api.CheckIn{Tag: c.tags[i], Digest: c.unchanged(0)})
		must(b, err)
	}
}

func (c *checkIns) unchanged(int) string { return c.digests[1] }

func (c *checkIns) receipt(n int) string { return c.digests[n%2] }

// answeringNothing is a server with a certificate by the same root, that verifies those
// of agents the same way.
func (c *checkIns) answeringNothing(b *testing.B) string {
	b.Helper()
	root, err := c.estate.RootCertificate(b.Context(), clm.ServerRoot)
	must(b, err)
	pair := authority{c.estate, root}.issued(b, api.CertificateSpec{
		Name: "floor", IPAddresses: []string{"127.0.0.1"}, ExtKeyUsages: []string{"server_auth"}, ValidityPeriodHours: 24,
	})
	agents := x509.NewCertPool()
	agents.AppendCertsFromPEM([]byte(root.CertificatePEM))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: agents, Time: c.estate.Clock.Now}
	server.StartTLS()
	b.Cleanup(server.Close)
	return server.URL
}
