package engine

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// minted is a version that was signed and not yet recorded. Dropping it has no
// effect on anything.
type minted struct {
	issuer  clm.RootCertificate
	version clm.Version
	key     *clm.PrivateKey // sealed; nil when the version keeps its key
	reason  string
}

// prepared is everything a signature needs but the subject's key.
type prepared struct {
	issuer    clm.RootCertificate
	ca        *x509.Certificate
	request   pki.LeafRequest
	issuerKey clm.PrivateKey
	ownKey    clm.PrivateKey // of the current version; zero when there is none
}

// mint signs the next version of a certificate, outside any transaction.
func (e *Engine) mint(ctx context.Context, row clm.CertificateRow, due clm.Due) (minted, error) {
	p, err := e.prepare(ctx, row)
	if err != nil {
		return minted{}, err
	}
	key, fresh, err := e.subjectKey(p, row.Certificate.Spec.Key, due.Operation)
	if err != nil {
		return minted{}, err
	}
	issuerKey, err := e.signer(p.issuerKey)
	if err != nil {
		return minted{}, err
	}
	p.request.PublicKey = key.Public()
	leaf, err := e.Issuer.Issue(ctx, p.request, p.ca, issuerKey)
	if err != nil {
		return minted{}, invalid("", err)
	}
	m := minted{issuer: p.issuer, key: fresh, reason: due.Reason, version: versionOf(row, p, leaf, due.Operation)}
	if fresh != nil {
		m.version.KeyID = fresh.ID
	}
	return m, nil
}

// prepare checks a certificate against its issuer and gathers what signing it
// needs.
func (e *Engine) prepare(ctx context.Context, row clm.CertificateRow) (prepared, error) {
	var p prepared
	if err := e.checkSpec(row.Certificate); err != nil {
		return p, err
	}
	err := e.view(ctx, func(tx Tx) error { return p.load(tx, row) })
	if err != nil {
		return p, err
	}
	if p.ca, err = pki.ParseCertificate(p.issuer.Signer().Certificate); err != nil {
		return p, invalid("issuer_id", err)
	}
	p.request = request(row.Certificate.Spec, e.now(), p.ca)
	e.announce(&p.request, p.ca)
	return p, checkFits(p, row.Certificate.Spec)
}

func (p *prepared) load(tx Tx, row clm.CertificateRow) (err error) {
	if p.issuer, err = tx.Root(row.Certificate.Spec.IssuerID); err != nil {
		return asField("issuer_id", err)
	}
	if !p.issuer.CanSign() {
		return clm.Invalid("issuer_id", "root certificate %q cannot sign: its private key is not held here", p.issuer.Name).
			WithHint("import the root together with its private key")
	}
	if p.issuerKey, err = tx.Key(p.issuer.Signer().KeyID); err != nil {
		return err
	}
	if row.Current != nil && row.Current.KeyID != "" {
		p.ownKey, err = tx.Key(row.Current.KeyID)
	}
	return err
}

func asField(field string, err error) error {
	if clm.KindOf(err) != clm.KindNotFound {
		return err
	}
	return clm.Invalid(field, "%s", err.Error())
}

// checkSpec refuses a certificate that could be issued by nobody.
func (e *Engine) checkSpec(certificate clm.Certificate) error {
	if err := clm.CheckName(certificate.Name); err != nil {
		return err
	}
	spec := certificate.Spec
	if err := spec.Check(); err != nil {
		return err
	}
	if err := keySpecOf(spec.Key).Check(); err != nil {
		return invalid("key_algorithm", err)
	}
	return invalid("", request(spec, e.now(), nil).Check())
}

// clockSkew is how far a certificate's validity reaches back, so that a device
// whose clock is slow accepts it at once.
const clockSkew = time.Minute

// request is what to ask the issuer for. The validity counts from now.
func request(spec clm.CertificateSpec, now time.Time, ca *x509.Certificate) pki.LeafRequest {
	notBefore := now.Add(-clockSkew)
	if ca != nil && notBefore.Before(ca.NotBefore) {
		notBefore = ca.NotBefore
	}
	return pki.LeafRequest{
		Subject:      subjectOf(spec.Subject),
		Names:        namesOf(spec.Names),
		ExtKeyUsages: spec.ExtKeyUsages,
		NotBefore:    notBefore,
		NotAfter:     now.Add(time.Duration(spec.ValidityPeriodHours) * time.Hour),
	}
}

// checkFits holds leaf.notAfter <= issuer.notAfter before a key is made for it.
func checkFits(p prepared, spec clm.CertificateSpec) error {
	if !p.request.NotAfter.After(p.ca.NotAfter) {
		return nil
	}
	start := p.request.NotAfter.Add(-time.Duration(spec.ValidityPeriodHours) * time.Hour)
	return clm.Invalid("validity_period_hours", "a certificate valid for %d hours would outlive its issuer %q, which expires %s",
		spec.ValidityPeriodHours, p.issuer.Name, p.ca.NotAfter.UTC().Format(time.RFC3339)).
		WithHint("use at most %d hours, or an issuer that lives longer", max(0, int64(p.ca.NotAfter.Sub(start)/time.Hour)))
}

// subjectKey is the key to certify: the current one for a renewal, else a new
// one, which is then also returned sealed.
func (e *Engine) subjectKey(p prepared, spec clm.KeySpec, operation clm.Operation) (crypto.Signer, *clm.PrivateKey, error) {
	if !operation.NewKey() && p.ownKey.ID != "" {
		key, err := e.open(p.ownKey)
		return key, nil, err
	}
	key, err := pki.GenerateKey(keySpecOf(spec).WithDefaults())
	if err != nil {
		return nil, nil, invalid("key_algorithm", err)
	}
	sealed, err := e.seal(key, e.now())
	return key, &sealed, err
}

func versionOf(row clm.CertificateRow, p prepared, leaf *x509.Certificate, operation clm.Operation) clm.Version {
	v := clm.Version{
		CertificateID:     row.Certificate.ID,
		Number:            1,
		Operation:         operation,
		Identity:          row.Certificate.Spec.Identity,
		Certificate:       leaf.Raw,
		Chain:             p.issuer.SignerChain(),
		IssuerFingerprint: p.issuer.Signer().FingerprintSHA256,
		FingerprintSHA256: pki.Fingerprint(leaf.Raw),
		SerialNumber:      pki.SerialNumber(leaf),
		NotBefore:         leaf.NotBefore.UTC(),
		NotAfter:          leaf.NotAfter.UTC(),
		KeyID:             p.ownKey.ID,
	}
	if row.Current != nil {
		v.Number = row.Current.Number + 1
	}
	return v
}

// insertVersion records a minted version and makes it current in row.
func (c change) insertVersion(row *clm.CertificateRow, m minted) error {
	if m.key != nil {
		if err := c.InsertKey(*m.key); err != nil {
			return err
		}
	}
	version := m.version
	version.CreatedAt = c.now
	if err := version.Apply("issue", row.Certificate.Name); err != nil {
		return err
	}
	if err := c.InsertVersion(&version); err != nil {
		return err
	}
	row.Current = &version
	return c.record(clm.NounCertificate, string(version.Operation), row.Certificate.ID, row.Certificate.Name, map[string]string{
		"reason": m.reason, "issuer": m.issuer.Name,
		"serial_number": version.SerialNumber, "fingerprint_sha256": version.FingerprintSHA256,
	})
}

// stillSigns holds that nothing is recorded that was signed by a root which has
// given up its place meanwhile.
func (c change) stillSigns(issuer clm.RootCertificate) error {
	now, err := c.Root(issuer.ID)
	if err != nil && clm.KindOf(err) != clm.KindNotFound {
		return err
	}
	if err == nil && now.Signer().FingerprintSHA256 == issuer.Signer().FingerprintSHA256 && sameChain(now, issuer) {
		return nil
	}
	return clm.NounRoot.Changed(issuer.Name)
}

func sameChain(a, b clm.RootCertificate) bool {
	return slices.EqualFunc(a.SignerChain(), b.SignerChain(), bytes.Equal)
}
