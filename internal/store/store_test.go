package store_test

import (
	"context"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine/enginetest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// adapted is the store as the engine sees it.
type adapted struct{ *store.DB }

func (a adapted) View(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.View(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (a adapted) Update(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func open(t *testing.T, folder string) *store.DB {
	t.Helper()
	return openWith(t, folder, store.Options{})
}

func openWith(t *testing.T, folder string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), folder, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestStore(t *testing.T) {
	t.Parallel()
	enginetest.Exercise(t, func(t *testing.T, folder string) engine.Store { return adapted{open(t, folder)} })
}
