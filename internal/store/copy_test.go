package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// full is the folder of a closed estate with something in almost every table.
func full(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	db := open(t, folder)
	succeeds(t)(playFirst(db, 7)) // the certificates
	succeeds(t)(db.Update(t.Context(), func(tx *store.Tx) error {
		for _, step := range script[8:12] { // the fleet
			if err := step(tx); err != nil {
				return err
			}
		}
		return tx.PutReplay(clm.Replay{Key: "key", SubjectID: id(4), At: then})
	}))
	succeeds(t)(db.Close())
	return folder
}

func nothingMore(*store.Tx) error { return nil }

// TestACopyIsTheSame, in every table, and the source is untouched.
func TestACopyIsTheSame(t *testing.T) {
	t.Parallel()
	folder := full(t)
	file := filepath.Join(folder, store.FileName)
	before, err := os.ReadFile(file)
	succeeds(t)(err)
	from, to := openWith(t, folder, store.Options{AsItIs: true}), openPostgres(t, postgres.URL(t), store.Options{})
	copied, err := from.CopyTo(t.Context(), to, nothingMore)
	succeeds(t)(err)
	sameState(t, to, from)
	filled := map[string]int64{}
	for _, table := range copied {
		filled[table.Table] = table.Rows
	}
	for _, table := range []string{"private_keys", "versions", "revocations", "receipts", "receipt_tallies", "connector_files", "bundles", "replays", "audit_events"} {
		if filled[table] == 0 {
			t.Errorf("no row of %s was copied: %v", table, filled)
		}
	}
	succeeds(t)(from.Close())
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the source was changed (%v)", err)
	}
	succeeds(t)(to.Update(t.Context(), raise)) // life goes on
}

func TestACopyReplacesNothing(t *testing.T) {
	t.Parallel()
	from, to := open(t, full(t)), openPostgres(t, postgres.URL(t), store.Options{})
	succeeds(t)(to.Update(t.Context(), raise))
	if _, err := from.CopyTo(t.Context(), to, nothingMore); clm.KindOf(err) != clm.KindExists {
		t.Errorf("error is %v, want that there is something already", err)
	}
	if got := counter(t, to); got != 1 {
		t.Errorf("the counter is at %d, want 1", got)
	}
}

// TestACopyThatIsNotTheSameIsNotKept: here the server changes a value by itself.
func TestACopyThatIsNotTheSameIsNotKept(t *testing.T) {
	t.Parallel()
	url := postgres.URL(t)
	from, to := open(t, full(t)), openPostgres(t, url, store.Options{})
	other := rawPostgres(t, url)
	rawExec(t, other, "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.value := NEW.value || ' '; RETURN NEW; END $$")
	rawExec(t, other, "CREATE TRIGGER spoil BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION spoil()")
	if _, err := from.CopyTo(t.Context(), to, nothingMore); clm.KindOf(err) != clm.KindFailed {
		t.Errorf("error is %v, want that the digests differ", err)
	}
	for _, table := range []string{"settings", "private_keys", "audit_events"} {
		if n := rawText(t, other, "SELECT COUNT(*)::text FROM "+table); n != "0" {
			t.Errorf("%s rows of %s were kept", n, table)
		}
	}
}

func TestWhatIsToBeLeftAsItIs(t *testing.T) {
	t.Parallel()
	first, err := store.Migrations().Open("00001_estate.sql")
	succeeds(t)(err)
	var text bytes.Buffer
	_, err = text.ReadFrom(first)
	succeeds(t)(err)
	folder := t.TempDir()
	old := openWith(t, folder, store.Options{}.Knowing(fstest.MapFS{"00001_estate.sql": &fstest.MapFile{Data: text.Bytes()}}))
	succeeds(t)(old.Close())
	for place, kind := range map[string]clm.Kind{folder: clm.KindRefused, t.TempDir(): clm.KindNotFound, postgres.URL(t): clm.KindNotFound} {
		if _, err := openAt(t.Context(), place, store.Options{AsItIs: true}); clm.KindOf(err) != kind {
			t.Errorf("error is %v, want one of kind %s", err, kind)
		}
	}
	if copies := backups(t, folder); len(copies) != 0 {
		t.Errorf("it was migrated, and copied before: %v", copies)
	}
}
