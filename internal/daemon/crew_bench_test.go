package daemon_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// estates are those a server may serve. What PostgreSQL commits here is on the disk.
var estates = map[string]func(*testing.B) *clmtest.Estate{
	"sqlite": func(b *testing.B) *clmtest.Estate { return clmtest.NewBackend(b) },
	"postgres": func(b *testing.B) *clmtest.Estate {
		url := postgres.New(b).URL("estate")
		return clmtest.NewBackend(b, func(c *backend.Config) { c.DataDir, c.DatabaseURL, c.Passphrase = "", url, "words" })
	},
}

// atEase has a server look at its own certificate as often as servers do.
func atEase(c *daemon.Config) { c.Recheck = time.Minute }

// crew is a server with agents that have enrolled.
type crew struct {
	*world
	profile    api.CommunicationProfile
	identities []tls.Certificate
}

func newCrew(b *testing.B, estate *clmtest.Estate, agents int) *crew {
	b.Helper()
	c := &crew{world: servingEstate(b, estate, atEase)}
	c.profile = c.withProfile(b)
	for i := range agents {
		name := fmt.Sprintf("edge-%02d", i)
		c.device(b, name, c.profile.ID)
		c.identities = append(c.identities, c.enrolled(b, name))
	}
	return c
}

// callers are the agents' ways to a server. They speak HTTP/2, as agents do.
func (c *crew) callers(b *testing.B, address, way string) (all []*client.Client) {
	b.Helper()
	for _, identity := range c.identities {
		transport := trusting(b, c.config.CAFile, c.estate.Clock, identity).Transport.(*http.Transport)
		transport.ForceAttemptHTTP2, transport.DisableKeepAlives = true, way == "shaken"
		b.Cleanup(transport.CloseIdleConnections)
		all = append(all, client.New(client.Options{Endpoint: address, Transport: transport}))
	}
	return all
}
