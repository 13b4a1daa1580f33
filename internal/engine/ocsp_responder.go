package engine

import (
	"context"
	"crypto"
	"crypto/x509"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// responderLife is how long a delegated responder's certificate is good for. It is
// made anew when half of it is over.
const responderLife = 24 * time.Hour

// responders are the delegated responders of this process, one for each CA
// certificate. Their keys are in memory alone: the next process makes its own, and
// what the one before has signed stays valid.
type responders struct {
	mu   sync.Mutex
	byCA map[string]responder
}

type responder struct {
	certificate *x509.Certificate
	key         crypto.Signer
	madeAt      time.Time
}

// responder is who answers for a CA. That its CA's key was used is in the audit
// trail.
func (e *Engine) responder(ctx context.Context, by clm.Principal, a authority) (responder, error) {
	e.responders.mu.Lock()
	defer e.responders.mu.Unlock()
	now := e.now()
	r, known := e.responders.byCA[a.FingerprintSHA256]
	if known && r.certificate.NotAfter.After(now) && (now.Before(r.madeAt.Add(responderLife/2)) || r.certificate.NotAfter.Equal(a.anchor.NotAfter)) {
		return r, nil
	}
	err := e.update(ctx, by, func(c change) (err error) {
		r, err = c.delegate(a)
		return err
	})
	if err != nil {
		return responder{}, err
	}
	if e.responders.byCA == nil {
		e.responders.byCA = map[string]responder{}
	}
	e.responders.byCA[a.FingerprintSHA256] = r
	return r, nil
}

func (c change) delegate(a authority) (r responder, err error) {
	issuer, issuerKey, err := a.open(c)
	if err != nil {
		return r, err
	}
	r.madeAt = c.now
	if r.key, err = pki.GenerateResponderKey(); err != nil {
		return r, err
	}
	end := c.now.Add(responderLife)
	if issuer.NotAfter.Before(end) {
		end = issuer.NotAfter
	}
	r.certificate, err = pki.CreateOCSPResponder(issuer, issuerKey, r.key.Public(), later(c.now.Add(-clockSkew), issuer.NotBefore), end)
	if err != nil {
		return r, err
	}
	return r, c.record(clm.NounRoot, "delegate_ocsp", a.IssuerID, a.slot, map[string]string{
		"fingerprint_sha256": a.FingerprintSHA256, "serial_number": pki.SerialNumber(r.certificate),
	})
}
