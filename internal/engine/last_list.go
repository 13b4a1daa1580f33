package engine

import (
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// forgetKey deletes the private key of a CA certificate, for good. What it has
// signed may outlive it, and whoever trusts the certificate elsewhere must learn
// what is revoked: the key's last act is a list that is good until the certificate
// ends. Where nothing was ever withdrawn and nobody ever asked there is none.
func (c change) forgetKey(root clm.RootCertificate, anchor clm.TrustAnchor) error {
	if anchor.KeyID == "" {
		return nil
	}
	if err := c.lastList(authorityOf(root, anchor)); err != nil {
		return err
	}
	return c.DeleteKey(anchor.KeyID)
}

func (c change) lastList(a authority) error {
	newest, err := c.RevocationList(a.FingerprintSHA256)
	if err = unlessNotFound(err); err != nil {
		return err
	}
	revoked, err := c.Revocations(a.CA, newest.ThisUpdate)
	if err != nil || newest.Number == 0 && len(revoked) == 0 || !c.now.Before(a.anchor.NotAfter) {
		return err
	}
	certificate, key, err := a.open(c)
	if err != nil || !pki.MaySignCRLs(certificate) {
		return err
	}
	last := clm.RevocationList{
		CA: a.CA, Number: clm.NextListNumber(newest.Number, c.now), Last: true,
		ThisUpdate: later(c.now.Add(-clockSkew), certificate.NotBefore).Truncate(time.Second), NextUpdate: certificate.NotAfter.UTC(),
	}
	last.Complete, err = pki.CreateCRL(pki.CRL{Number: last.Number, ThisUpdate: last.ThisUpdate, NextUpdate: last.NextUpdate, Entries: entriesOf(revoked)}, certificate, key)
	if err != nil {
		return err
	}
	last.Base, last.BaseList = last.Number, last.Complete // for the day the key comes back
	return c.putList(a, last, "last", len(revoked))
}
