package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// TestAnEstateOfSchemaOne is what users have: it opens with all that is in it,
// and its life goes on.
func TestAnEstateOfSchemaOne(t *testing.T) {
	t.Parallel()
	first, err := fs.ReadFile(store.Migrations(), "00001_estate.sql")
	succeeds(t)(err)
	rows, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	succeeds(t)(err)
	folder := t.TempDir()
	old := openWith(t, folder, store.Options{}.Knowing(fstest.MapFS{"00001_estate.sql": &fstest.MapFile{Data: first}}))
	succeeds(t)(old.Close())
	rawExec(t, raw(t, folder), string(rows))

	db := open(t, folder)
	sameState(t, db, open(t, lived(t)))
	if copies := backups(t, folder); len(copies) != 1 {
		t.Errorf("the backups are %v, want one", copies)
	}
	succeeds(t)(play(db))
	whole := open(t, t.TempDir())
	succeeds(t)(play(whole))
	sameState(t, db, whole)
	succeeds(t)(db.Close())
	sound(t, folder)
}
