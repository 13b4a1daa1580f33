package gateway

import (
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// admission decides which agents pass. It is safe for concurrent use.
type admission struct {
	clock identity.Clock
	bound time.Duration

	mu        sync.RWMutex
	roots     *x509.CertPool
	lists     map[string]list // by the fingerprint of the key that signed
	confirmed time.Time       // when these were the newest lists; zero: not known since the start
}

// list is a revocation list of one CA.
type list struct {
	revoked map[string]bool // serial numbers
	end     time.Time
}

// unknown is that whether an agent is revoked cannot be told: nothing passes.
type unknown struct{ why string }

func (u unknown) Error() string { return u.why }

// load takes in another trust and other lists. A list that none of the trusted CAs has
// signed is none (RFC 5280, section 6.3.3).
func (a *admission) load(c carried) error {
	roots, lists := x509.NewCertPool(), map[string]list{}
	if c.Trust != nil {
		trusted, err := pki.ParseCertificates([]byte(c.Trust.PEM))
		if err != nil {
			return fmt.Errorf("taking in a trust bundle: %w", err)
		}
		for _, root := range trusted {
			roots.AddCert(root)
			if err := listsOf(root, c.Configuration.RevocationLists, lists); err != nil {
				return err
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roots, a.lists = roots, lists
	return nil
}

func listsOf(root *x509.Certificate, ders [][]byte, lists map[string]list) error {
	key, err := pki.PublicKeyFingerprint(root.PublicKey)
	if err != nil {
		return err
	}
	for _, der := range ders {
		parsed, err := pki.ParseCRL(der, root)
		if err != nil {
			continue // it is another's
		}
		l := list{revoked: map[string]bool{}, end: parsed.NextUpdate}
		for _, entry := range parsed.Entries {
			l.revoked[entry.SerialNumber] = true
		}
		lists[key] = l
	}
	return nil
}

// confirm records that the lists are the newest there were at that time.
func (a *admission) confirm(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.confirmed = at
}

// close has nothing pass until the lists are confirmed again.
func (a *admission) close() { a.confirm(time.Time{}) }

// known says why nothing can be told of revocations at all, nil when something can.
func (a *admission) known() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	switch {
	case a.confirmed.IsZero():
		return unknown{"no server has said yet which agents are revoked"}
	case a.clock.Now().Sub(a.confirmed) > a.bound:
		return unknown{"no server has said since " + a.confirmed.UTC().Format(time.RFC3339) + " which agents are revoked"}
	}
	return nil
}

// passes says why an agent that shows these certificates, its own first, does not pass; nil
// when it does.
func (a *admission) passes(shown []*x509.Certificate) error {
	issuer, err := a.trusted(shown)
	if err != nil {
		return err
	}
	key, err := pki.PublicKeyFingerprint(issuer.PublicKey)
	if err != nil {
		return err
	}
	a.mu.RLock()
	l, listed := a.lists[key]
	a.mu.RUnlock()
	switch {
	case listed && l.revoked[pki.SerialNumber(shown[0])]:
		return errors.New("the agent's certificate is revoked")
	case !listed:
		return unknown{"there is no revocation list of who signed the agent's certificate"}
	case !a.clock.Now().Before(l.end):
		return unknown{"the revocation list of who signed the agent's certificate ended " + l.end.UTC().Format(time.RFC3339)}
	}
	return a.known()
}

// trusted verifies by this gateway's own copy of the trust, and returns who signed.
func (a *admission) trusted(shown []*x509.Certificate) (*x509.Certificate, error) {
	a.mu.RLock()
	roots := a.roots
	a.mu.RUnlock()
	if roots == nil {
		return nil, unknown{"this gateway carries no trust yet"}
	}
	between := x509.NewCertPool()
	for _, certificate := range shown[1:] {
		between.AddCert(certificate)
	}
	chains, err := shown[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: a.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, fmt.Errorf("the agent's certificate is not believed: %w", err)
	}
	if len(chains[0]) < 2 {
		return nil, errors.New("the certificate is that of no agent")
	}
	return chains[0][1], nil
}
