package backend_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
)

// A database has no folder beside it: nothing is made there without a key, and
// then only what holds that key opens it.
func TestAnEstateOnPostgresHasAKeyFromElsewhere(t *testing.T) {
	t.Parallel()
	url := postgres.URL(t)
	nowhere := "postgres://clm@/none?host=/none"
	refused := func(c backend.Config, kind clm.Kind, words string) {
		t.Helper()
		b, err := backend.Open(t.Context(), c)
		if err == nil {
			must(t, b.Close())
		}
		if clm.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
			t.Errorf("error is %v, want one of kind %s that says %q", err, kind, words)
		}
	}
	refused(backend.Config{DatabaseURL: nowhere}, clm.KindInvalid, "no key is given")
	refused(backend.Config{DatabaseURL: nowhere, DataDir: t.TempDir(), Passphrase: "words"}, clm.KindInvalid, "both a data folder and a database")
	refused(backend.Config{DatabaseURL: url, Passphrase: "words", MustExist: true}, clm.KindNotFound, "there is no estate in postgres://")

	registry := &backend.Registry{}
	first, err := registry.Open(t.Context(), backend.Config{DatabaseURL: url, Passphrase: "words"})
	must(t, err)
	again, err := registry.Open(t.Context(), backend.Config{DatabaseURL: url, Passphrase: "words"})
	must(t, err)
	if first != again {
		t.Error("one estate was opened twice in a process")
	}
	must(t, registry.Close())
	refused(backend.Config{DatabaseURL: url, Passphrase: "other words"}, clm.KindUnavailable, "key")
	refused(backend.Config{DatabaseURL: url, KeyFile: keyFile(t, "A")}, clm.KindUnavailable, "key")
}
