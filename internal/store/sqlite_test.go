package store_test

import (
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// TestEveryWriteIsDurable checks what the promise of Update rests on.
func TestEveryWriteIsDurable(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1"} {
			if got, err := tx.Pragma(name); err != nil || got != want {
				t.Errorf("%s is %s, error %v; want %s", name, got, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFoldersOfAnyName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space", "question?mode=ro", "hash#1", "100%41", "a&b=c;d", "ünï", "'quote\""} {
		folder := filepath.Join(t.TempDir(), name)
		for range 2 {
			db := open(t, folder)
			succeeds(t)(db.Update(t.Context(), raise))
			succeeds(t)(db.Close())
		}
		if got := counter(t, open(t, folder)); got != 2 {
			t.Errorf("in %q the counter is at %d, want 2", name, got)
		}
	}
}

// TestRevocationsOutliveTheirCertificate: lists and responders need them until
// the certificate would have expired.
func TestRevocationsOutliveTheirCertificate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	db := open(t, folder)
	succeeds(t)(play(db)) // ends with deleting a certificate whose second version was revoked
	other := raw(t, folder)
	got := rawText(t, other, "SELECT group_concat(issuer_id || ' ' || serial_number || ' ' || reason || ' ' || (not_after - revoked_at)) FROM revocations")
	if want := id(2) + " 2 key_compromise 3600000000"; got != want {
		t.Errorf("the revocations are %q, want %q", got, want)
	}
	if n := rawText(t, other, "SELECT COUNT(*) FROM versions"); n != "0" {
		t.Errorf("%s versions are left", n)
	}
}
