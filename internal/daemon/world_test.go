package daemon_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is an estate that is served, until the test ends.
type world struct {
	*daemon.Daemon
	estate *clmtest.Estate
	config daemon.Config
	log    *clmtest.Journal
	client *http.Client // trusts what the CA file says
	stop   context.CancelFunc
	ended  chan error
}

func serving(t testing.TB, options ...func(*daemon.Config)) *world {
	t.Helper()
	return servingEstate(t, clmtest.NewBackend(t), options...)
}

func servingEstate(t testing.TB, estate *clmtest.Estate, options ...func(*daemon.Config)) *world {
	t.Helper()
	w := &world{estate: estate, log: &clmtest.Journal{}, ended: make(chan error, 1)}
	w.config = daemon.Config{
		Listen: "127.0.0.1:0", Names: []string{"localhost", "127.0.0.1"}, CAFile: filepath.Join(t.TempDir(), "ca.pem"),
		Log: slog.New(slog.NewJSONHandler(w.log, nil)), Version: "test", Recheck: 10 * time.Millisecond,
	}
	for _, option := range options {
		option(&w.config)
	}
	var err error
	w.Daemon, err = daemon.Listen(t.Context(), w.estate.Backend, w.config)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	w.stop = stop
	go func() { w.ended <- w.Run(ctx) }()
	t.Cleanup(func() { // before the estate is closed
		stop()
		if err := <-w.ended; err != nil {
			t.Error(err)
		}
	})
	if !w.config.InsecureHTTP {
		w.client = trusting(t, w.config.CAFile, w.estate.Clock)
	}
	return w
}

// trusting is a client that believes in a CA file, at the estate's time.
func trusting(t testing.TB, caFile string, clock *clmtest.Clock, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	content, err := os.ReadFile(caFile)
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		t.Fatalf("%s holds no certificate", caFile)
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		RootCAs: roots, Time: clock.Now, MinVersion: tls.VersionTLS12, Certificates: certificates,
	}}}
}

// got is what a path is answered with.
func (w *world) got(t testing.TB, path, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+w.Address()+path, nil)
	must(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := w.client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(content)
}

func (w *world) token(t testing.TB, role string) string {
	t.Helper()
	made, err := w.estate.CreateAccessToken(t.Context(), "a "+role, role, time.Hour)
	must(t, err)
	return made.Secret
}
