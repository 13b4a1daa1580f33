package store

import (
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Replay is what an idempotency key was used for.
func (tx *Tx) Replay(key string) (clm.Replay, error) {
	r := clm.Replay{Key: key}
	var at string
	found, err := tx.first([]any{&r.SubjectID, &at},
		"SELECT subject_id, recorded_at FROM replays WHERE idempotency_key = ?", key)
	switch {
	case err != nil:
		return clm.Replay{}, err
	case !found:
		return clm.Replay{}, clm.Errorf(clm.KindNotFound, "there is no request %q", key)
	}
	if r.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return clm.Replay{}, fmt.Errorf("reading when request %q was carried out: %w", key, err)
	}
	return r, nil
}

// PutReplay remembers what an idempotency key was used for last.
func (tx *Tx) PutReplay(r clm.Replay) error {
	_, err := tx.exec("INSERT INTO replays (idempotency_key, subject_id, recorded_at) VALUES (?, ?, ?)"+
		" ON CONFLICT (idempotency_key) DO UPDATE SET subject_id = excluded.subject_id, recorded_at = excluded.recorded_at",
		r.Key, r.SubjectID, r.At.UTC().Format(time.RFC3339Nano))
	return err
}
