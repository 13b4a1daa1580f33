package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

const (
	rootName    = "corp"
	profileName = "agents"
)

// estate is an embedded estate with its API, and a second way in for what comes in
// bulk.
type estate struct {
	folder  string
	clock   *clock
	backend *backend.Backend
	client  *client.Client
	store   *store.DB
}

func openEstate(ctx context.Context, folder string) (*estate, error) {
	e := &estate{folder: folder, clock: &clock{now: began.Add(-silentAfter - silentSpan)}}
	var err error
	if e.backend, err = backend.Open(ctx, backend.Config{DataDir: folder, Version: "fleet", Clock: e.clock}); err != nil {
		return nil, err
	}
	e.client = client.New(client.Options{
		Endpoint: "http://embedded", UserAgent: "fleet", Scope: "fleet",
		Transport: e.backend.Transport(clm.Principal{Name: "fleet"}),
	})
	if e.store, err = store.Open(ctx, folder, store.Options{Now: e.clock.Now}); err != nil {
		return nil, errors.Join(err, e.backend.Close())
	}
	return e, nil
}

func (e *estate) close() error { return errors.Join(e.store.Close(), e.backend.Close()) }

// size is that of the database, with what its journal still holds.
func (e *estate) size() (bytes int64) {
	for _, file := range []string{store.FileName, store.FileName + "-wal"} {
		if info, err := os.Stat(filepath.Join(e.folder, file)); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// found makes the root and the profile that trusts it.
func (e *estate) found(ctx context.Context) (api.CommunicationProfile, error) {
	root, err := e.client.CreateRootCertificate(ctx, rootOf("Corp 2026"))
	if err != nil {
		return api.CommunicationProfile{}, err
	}
	return e.client.CreateCommunicationProfile(ctx, api.WriteCommunicationProfile{
		Name: profileName, RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: int64(checkIn.Seconds()),
		TrustStore: api.TrustStore{Directory: "etc/clm/trust", BundleFile: "ca-bundle.pem"},
	})
}

// rootOf is a root certificate that is replaced by staying in distribution.
func rootOf(commonName string) api.WriteRootCertificate {
	const years = 10
	return api.WriteRootCertificate{
		Name: rootName,
		Source: api.RootSource{Kind: string(clm.SourceSelfSigned), SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: commonName}, ValidityPeriodHours: years * 8760,
		}},
		Policy: &api.ReplacementPolicy{
			MinimumReceivedPercent: 100, SilentAfterSeconds: int64(silentAfter.Seconds()), OnFailure: string(clm.FailureStops),
		},
	}
}

// stage begins the replacement and tells what the profile publishes from now on.
func (e *estate) stage(ctx context.Context) (api.CommunicationProfile, error) {
	e.clock.advance(began)
	if _, err := e.client.UpdateRootCertificate(ctx, rootName, rootOf("Corp 2027")); err != nil {
		return api.CommunicationProfile{}, err
	}
	return e.client.CommunicationProfile(ctx, profileName)
}

// clock stands still until it is moved, and never goes back.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.now) {
		c.now = to
	}
}
