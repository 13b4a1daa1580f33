package engine

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// MinimumRemainingLife is how long a new root must still live: one that ends
// sooner would have to be replaced again at once.
const MinimumRemainingLife = 30 * 24 * time.Hour

// staged is a replacement that may be recorded.
type staged struct {
	replacement clm.Replacement
	key         *clm.PrivateKey // sealed; nil when the new root only has to be trusted
}

// stage prepares a replacement, outside any transaction. Dropping it has no effect
// on anything.
func (e *Engine) stage(ctx context.Context, by clm.Principal, root clm.RootCertificate, m material, source clm.RootSource) (staged, error) {
	now := e.now()
	if err := e.preflightRoot(root, m, now); err != nil {
		return staged{}, err
	}
	s := staged{replacement: clm.Replacement{
		ID: clm.NewID(), Target: m.anchor(""), Source: source, StartedBy: by.Name,
	}}
	if m.key == nil {
		return s, nil
	}
	sealed, err := e.seal(m.key, now)
	if err != nil {
		return s, err
	}
	s.key, s.replacement.Target.KeyID = &sealed, sealed.ID
	s.replacement.Cross, err = e.cross(ctx, root, m.certificate, now)
	return s, err
}

// preflightRoot refuses what could not take the active certificate's place.
func (e *Engine) preflightRoot(root clm.RootCertificate, m material, now time.Time) error {
	if left := m.certificate.NotAfter.Sub(now); left < MinimumRemainingLife {
		return clm.Errorf(clm.KindRefused, "the new certificate of root %q expires %s: it must live %d days at least",
			root.Name, m.certificate.NotAfter.UTC().Format(time.RFC3339), MinimumRemainingLife/(24*time.Hour)).
			WithHint("replace it by one that lives longer")
	}
	active, err := pki.ParseCertificate(root.Active.Certificate)
	if err != nil {
		return err
	}
	if pki.SameKey(active.PublicKey, m.certificate.PublicKey) {
		return clm.Errorf(clm.KindRefused, "the new certificate of root %q has the key of the active one", root.Name).
			WithHint("a replacement that keeps the key replaces nothing: verifiers would take one for the other; make a new key")
	}
	if root.CanSign() && m.key == nil {
		return clm.Errorf(clm.KindRefused, "root certificate %q signs certificates, and the new one has no private key", root.Name).
			WithHint("give the new root together with its private key")
	}
	return nil
}

// cross certifies the new root's key by the old one, so that a device that has
// only the old root verifies what the new one signs. Where the old root may not do
// that, there is none, and the connectivity proof says whom that cuts off.
func (e *Engine) cross(ctx context.Context, root clm.RootCertificate, target *x509.Certificate, now time.Time) ([]byte, error) {
	if root.Active.KeyID == "" {
		return nil, nil
	}
	key, err := e.signerOf(ctx, root.Active)
	if err != nil {
		return nil, err
	}
	active, err := pki.ParseCertificate(root.Active.Certificate)
	if err != nil {
		return nil, err
	}
	certificate, err := pki.CrossSign(target, active, key, now.Add(-clockSkew))
	if err != nil {
		return nil, nil //nolint:nilerr // a path length or an end that does not allow it is a fact about the old root
	}
	return certificate.Raw, nil
}

// signerOf opens the private key of a trust anchor.
func (e *Engine) signerOf(ctx context.Context, anchor clm.TrustAnchor) (crypto.Signer, error) {
	var key clm.PrivateKey
	err := e.view(ctx, func(tx Tx) (err error) {
		key, err = tx.Key(anchor.KeyID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.signer(key)
}

// replace records a replacement: from here on every profile of the slot publishes
// both certificates. Nothing is signed by the new one.
func (c change) replace(root *clm.RootCertificate, s staged) error {
	if err := root.Apply(clm.VerbReplace); err != nil {
		return err
	}
	if s.key != nil {
		if err := c.InsertKey(*s.key); err != nil {
			return err
		}
	}
	s.replacement.StartedAt = c.now
	root.Replacement, root.Declined = &s.replacement, nil
	return c.saveRoot(root, clm.VerbReplace, map[string]string{
		"from": root.Active.FingerprintSHA256, "to": s.replacement.Target.FingerprintSHA256,
	})
}

// saveRoot writes a slot that has moved on, publishes what follows from it, and
// leaves the audit row.
func (c change) saveRoot(root *clm.RootCertificate, verb string, details map[string]string) error {
	if err := c.by.MayChange(clm.NounRoot, root.Name); err != nil {
		return err
	}
	root.UpdatedAt = c.now
	if err := c.Tx.UpdateRoot(root); err != nil {
		return err
	}
	if err := c.republish(*root, verb+" of root certificate "+root.Name); err != nil {
		return err
	}
	return c.record(clm.NounRoot, verb, root.ID, root.Name, details)
}
