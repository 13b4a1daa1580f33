package clmtest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// InDatabase has an estate be on PostgreSQL: an option of NewBackend.
func InDatabase(t testing.TB) func(*backend.Config) {
	t.Helper()
	_, databaseURL, secrets := OnPostgres(t)
	return func(c *backend.Config) { c.DataDir, c.DatabaseURL, c.Passphrase = "", databaseURL, secrets[1] }
}

// Serve has a server answer for this estate, with the estate's clock, until the test
// ends. It returns the provider block of an administrator.
func (e *Estate) Serve(t testing.TB) (block string) {
	t.Helper()
	caFile := filepath.Join(t.TempDir(), "server-ca.pem")
	d, err := daemon.Listen(t.Context(), e.Backend, daemon.Config{
		Listen: "127.0.0.1:0", Names: []string{"127.0.0.1"}, CAFile: caFile, Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() { // before the estate is closed
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	token, err := e.CreateAccessToken(t.Context(), "terraform", "administrator", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("provider \"clm\" {\n  endpoint = %q\n  token    = %q\n  ca_file  = %q\n}\n", "https://"+d.Address(), token.Secret, caFile)
}
