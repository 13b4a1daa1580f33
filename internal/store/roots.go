package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var roots = &table[clm.RootCertificate]{
	noun:    clm.NounRoot,
	name:    "root_certificates",
	columns: []string{"key_id", "replacement_key_id"},
	header:  func(r *clm.RootCertificate) (string, string, *int64) { return r.ID, r.Name, &r.Revision },
	values: func(r *clm.RootCertificate) []any {
		return []any{orNull(r.Active.KeyID), orNull(replacementKey(r))}
	},
	refers: func(r *clm.RootCertificate) []reference {
		return []reference{
			{noun: clm.NounKey, table: "private_keys", id: r.Active.KeyID},
			{noun: clm.NounKey, table: "private_keys", id: replacementKey(r)},
		}
	},
}

// replacementKey is the key of the certificate that is to follow.
func replacementKey(r *clm.RootCertificate) string {
	if r.Replacement == nil {
		return ""
	}
	return r.Replacement.Target.KeyID
}

// Root finds a root certificate by id or name.
func (tx *Tx) Root(ref string) (clm.RootCertificate, error) { return roots.get(tx, ref) }

// Roots lists root certificates by name.
func (tx *Tx) Roots(page clm.Page) ([]clm.RootCertificate, error) {
	return roots.list(tx, where{}, page)
}

// InsertRoot adds a root certificate. Its keys, if it has any, are there already.
func (tx *Tx) InsertRoot(r *clm.RootCertificate) error { return roots.insert(tx, r) }

// UpdateRoot replaces what is stored of a root certificate.
func (tx *Tx) UpdateRoot(r *clm.RootCertificate) error { return roots.update(tx, r) }

// DeleteRoot removes a root certificate that issued nothing that is still there
// and that no communication profile trusts. Its keys are the caller's to delete,
// afterwards.
func (tx *Tx) DeleteRoot(r clm.RootCertificate) error {
	children, err := tx.CountCertificates(r.ID)
	if err != nil {
		return err
	}
	unprotected := clm.RootCertificate{Name: r.Name} // protection is the engine's rule
	if err := unprotected.MayDelete(children); err != nil {
		return err
	}
	n, err := tx.count("SELECT COUNT(*) FROM profile_roots WHERE root_id = ?", r.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return clm.Errorf(clm.KindRefused, "root certificate %q is still trusted by %d %s", r.Name, n, plural(n, "communication profile")).
			WithHint("take it out of root_certificate_ids first")
	}
	return roots.remove(tx, &r)
}
