package store_test

import (
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine/enginetest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

func openPostgres(t *testing.T, url string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestPostgresStore(t *testing.T) {
	t.Parallel()
	var urls sync.Map // opening a folder again finds what was written
	enginetest.Exercise(t, func(t *testing.T, folder string) engine.Store {
		url, known := urls.Load(folder)
		if !known {
			url, _ = urls.LoadOrStore(folder, postgres.URL(t))
		}
		return adapted{openPostgres(t, url.(string), store.Options{})}
	})
}
