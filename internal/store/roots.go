package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var roots = &table[clm.RootCertificate]{
	noun:    clm.NounRoot,
	name:    "root_certificates",
	columns: []string{"key_id"},
	header:  func(r *clm.RootCertificate) (string, string, *int64) { return r.ID, r.Name, &r.Revision },
	values:  func(r *clm.RootCertificate) []any { return []any{orNull(r.Active.KeyID)} },
	refers: func(r *clm.RootCertificate) []reference {
		return []reference{{noun: clm.NounKey, table: "private_keys", id: r.Active.KeyID}}
	},
}

// Root finds a root certificate by id or name.
func (tx *Tx) Root(ref string) (clm.RootCertificate, error) { return roots.get(tx, ref) }

// Roots lists root certificates by name.
func (tx *Tx) Roots(page clm.Page) ([]clm.RootCertificate, error) {
	return roots.list(tx, where{}, page)
}

// InsertRoot adds a root certificate. Its key, if it has one, is there already.
func (tx *Tx) InsertRoot(r *clm.RootCertificate) error { return roots.insert(tx, r) }

// UpdateRoot replaces what is stored of a root certificate.
func (tx *Tx) UpdateRoot(r *clm.RootCertificate) error { return roots.update(tx, r) }

// DeleteRoot removes a root certificate that issued nothing that is still
// there. Its key is the caller's to delete, afterwards.
func (tx *Tx) DeleteRoot(r clm.RootCertificate) error {
	children, err := tx.CountCertificates(r.ID)
	if err != nil {
		return err
	}
	unprotected := clm.RootCertificate{Name: r.Name} // protection is the engine's rule
	if err := unprotected.MayDelete(children); err != nil {
		return err
	}
	return roots.remove(tx, &r)
}
