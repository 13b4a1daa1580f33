package engine

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// seal makes the form of a private key that may be stored.
func (e *Engine) seal(key crypto.Signer, now time.Time) (clm.PrivateKey, error) {
	plain, err := pki.MarshalPrivateKey(key)
	if err != nil {
		return clm.PrivateKey{}, fmt.Errorf("encoding a private key: %w", err)
	}
	public, err := pki.PublicKeyFingerprint(key.Public())
	if err != nil {
		return clm.PrivateKey{}, fmt.Errorf("naming a public key: %w", err)
	}
	id := clm.NewID()
	sealed, err := e.Sealer.Seal(id, plain)
	if err != nil {
		return clm.PrivateKey{}, fmt.Errorf("sealing a private key: %w", err)
	}
	return clm.PrivateKey{ID: id, Sealed: sealed, PublicKey: public, CreatedAt: now}, nil
}

// open brings a stored private key back.
func (e *Engine) open(key clm.PrivateKey) (crypto.Signer, error) {
	plain, err := e.Sealer.Open(key.ID, key.Sealed)
	if err != nil {
		return nil, fmt.Errorf("opening private key %s: %w", key.ID, err)
	}
	signer, err := pki.ParsePrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("reading private key %s: %w", key.ID, err)
	}
	return signer, nil
}

// ExportPrivateKey hands out the private key of a certificate's current
// version as PKCS#8 PEM, and leaves an audit row that says who got it.
func (e *Engine) ExportPrivateKey(ctx context.Context, by clm.Principal, ref string) ([]byte, error) {
	var key clm.PrivateKey
	err := e.update(ctx, by, func(c change) error {
		row, err := c.currentVersion(ref)
		if err != nil {
			return err
		}
		if row.Current.KeyID == "" {
			return clm.Errorf(clm.KindRefused, "the private key of certificate %q is not held here", row.Certificate.Name)
		}
		if key, err = c.Key(row.Current.KeyID); err != nil {
			return err
		}
		return c.record(clm.NounCertificate, "export_private_key", row.Certificate.ID, row.Certificate.Name,
			map[string]string{"fingerprint_sha256": row.Current.FingerprintSHA256})
	})
	if err != nil {
		return nil, err
	}
	signer, err := e.open(key)
	if err != nil {
		return nil, err
	}
	return pki.EncodePrivateKey(signer)
}

// currentVersion reads a certificate that has one, for who may change it.
func (c change) currentVersion(ref string) (clm.CertificateRow, error) {
	row, err := c.Certificate(ref)
	if err == nil && row.Current == nil {
		err = clm.Errorf(clm.KindRefused, "certificate %q has not been issued yet", row.Certificate.Name)
	}
	if err == nil {
		err = c.mayChange(row.Certificate.ID)
	}
	return row, err
}
