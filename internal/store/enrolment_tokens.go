package store

import (
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var enrolmentTokens = &table[clm.EnrolmentToken]{
	noun:    clm.NounEnrolment,
	name:    "enrolment_tokens",
	columns: []string{"hash", "subject_id", "expires_at"},
	header:  func(t *clm.EnrolmentToken) (string, string, *int64) { return t.ID, t.ID, &t.Revision },
	values:  func(t *clm.EnrolmentToken) []any { return []any{t.Hash, t.SubjectID, micros(t.ExpiresAt)} },
	refers:  func(*clm.EnrolmentToken) []reference { return nil },
}

// EnrolmentTokenByHash finds an enrolment token by the hash of its secret.
func (tx *Tx) EnrolmentTokenByHash(hash string) (clm.EnrolmentToken, error) {
	var w where
	w.and("hash = ?", hash)
	found, err := enrolmentTokens.list(tx, w, clm.Page{Limit: 1})
	switch {
	case err != nil:
		return clm.EnrolmentToken{}, err
	case len(found) == 0:
		return clm.EnrolmentToken{}, clm.Errorf(clm.KindNotFound, "there is no enrolment token with that secret")
	}
	return found[0], nil
}

// InsertEnrolmentToken adds an enrolment token.
func (tx *Tx) InsertEnrolmentToken(t *clm.EnrolmentToken) error { return enrolmentTokens.insert(tx, t) }

// UpdateEnrolmentToken replaces what is stored of an enrolment token.
func (tx *Tx) UpdateEnrolmentToken(t *clm.EnrolmentToken) error { return enrolmentTokens.update(tx, t) }

// DeleteEnrolmentTokens removes what is for a device or internet gateway, and what had
// expired before a time.
func (tx *Tx) DeleteEnrolmentTokens(subjectID string, expired time.Time) error {
	_, err := tx.exec("DELETE FROM enrolment_tokens WHERE subject_id = ? OR expires_at < ?", subjectID, microsOrNever(expired))
	return err
}
