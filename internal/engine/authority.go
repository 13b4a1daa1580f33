package engine

import (
	"crypto"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// authority is a CA certificate that has signed, in the slot it is in.
type authority struct {
	clm.CA

	slot   string // its name
	anchor clm.TrustAnchor
}

// authoritiesOf are those of a slot, the one that signs now first. The certificate
// that is to follow has signed nothing before it is finalized, no list either.
func authoritiesOf(root clm.RootCertificate) []authority {
	all := []authority{authorityOf(root, root.Active)}
	switch root.State {
	case clm.RootActivating, clm.RootRetiring:
		return append([]authority{authorityOf(root, root.Replacement.Target)}, all...)
	case clm.RootRollingBack:
		return append(all, authorityOf(root, root.Replacement.Target))
	}
	return all
}

func authorityOf(root clm.RootCertificate, anchor clm.TrustAnchor) authority {
	return authority{clm.CA{IssuerID: root.ID, FingerprintSHA256: anchor.FingerprintSHA256}, root.Name, anchor}
}

// authorityBy finds one by its fingerprint; of one that is gone only its list is left.
func authorityBy(tx Tx, fingerprint string) (authority, error) {
	roots, err := tx.Roots(clm.Page{})
	if err != nil {
		return authority{}, err
	}
	for _, root := range roots {
		for _, a := range authoritiesOf(root) {
			if a.FingerprintSHA256 == fingerprint {
				return a, nil
			}
		}
	}
	list, err := tx.RevocationList(fingerprint)
	return authority{CA: list.CA}, err
}

// authorityFor finds one by the id or name of its slot, which means the one that
// signs now, or by its fingerprint.
func authorityFor(tx Tx, ref string) (authority, error) {
	root, err := tx.Root(ref)
	if err == nil {
		return authoritiesOf(root)[0], nil
	}
	a, unknown := authorityBy(tx, ref)
	if clm.KindOf(unknown) == clm.KindNotFound {
		return a, err
	}
	return a, unknown
}

// open reads the certificate and its private key, which is to sign in this
// transaction.
func (a authority) open(c change) (*x509.Certificate, crypto.Signer, error) {
	if a.anchor.KeyID == "" {
		return nil, nil, clm.Errorf(clm.KindRefused, "root certificate %q cannot sign: its private key is not held here", a.slot).
			WithHint("ask whoever holds the key what is revoked")
	}
	certificate, err := pki.ParseCertificate(a.anchor.Certificate)
	if err != nil {
		return nil, nil, err
	}
	key, err := c.Key(a.anchor.KeyID)
	if err != nil {
		return nil, nil, err
	}
	signer, err := c.engine.signer(key)
	return certificate, signer, err
}
