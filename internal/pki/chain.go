package pki

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"slices"
)

// BuildChain orders the certificates of pool that lead upward from leaf: leaf first, then its issuer, and so on. complete says
// that the chain ends in a self-issued certificate. Every link is a verified signature; dates are not looked at, and old
// hashes count, for this orders what is there and VerifyChain judges it.
//
// Where several ways lead up (cross-signed roots), the shortest complete one is taken, and among equals the one that lives
// longest. With no complete one, it is the longest of the shortest ways. The order and repetitions of pool do not matter,
// loops end, and each pair of certificates is compared at most once, so hostile pools cost at most len(pool)² signatures.
func BuildChain(leaf *x509.Certificate, pool []*x509.Certificate) (chain []*x509.Certificate, complete bool) {
	walk := newWalk(leaf, pool)
	for i := 0; i < len(walk.reached); i++ {
		step := walk.reached[i]
		if isSelfSigned(step.cert) {
			return step.chain(), true
		}
		walk.climb(step)
	}
	last := walk.reached[len(walk.reached)-1]
	return walk.firstAtDepth(last.depth).chain(), false
}

// walk is a breadth-first search from the leaf upward.
type walk struct {
	reached []*step
	pool    []*x509.Certificate // not yet reached, best candidate first
}

// step is a certificate, and the one below it that it issued.
type step struct {
	cert  *x509.Certificate
	below *step
	depth int
}

func newWalk(leaf *x509.Certificate, pool []*x509.Certificate) *walk {
	w := &walk{reached: []*step{{cert: leaf}}}
	for _, cert := range pool {
		if !cert.Equal(leaf) {
			w.pool = append(w.pool, cert)
		}
	}
	slices.SortFunc(w.pool, preferLongerLived)
	w.pool = slices.CompactFunc(w.pool, (*x509.Certificate).Equal)
	return w
}

// preferLongerLived is a total order, so that the outcome does not depend on the order of the input.
func preferLongerLived(a, b *x509.Certificate) int {
	return cmp.Or(b.NotAfter.Compare(a.NotAfter), bytes.Compare(a.Raw, b.Raw))
}

// climb moves every issuer of s from the pool to what is reached.
func (w *walk) climb(s *step) {
	w.pool = slices.DeleteFunc(w.pool, func(candidate *x509.Certificate) bool {
		if !issued(candidate, s.cert) {
			return false
		}
		w.reached = append(w.reached, &step{cert: candidate, below: s, depth: s.depth + 1})
		return true
	})
}

func (w *walk) firstAtDepth(depth int) *step {
	at := slices.IndexFunc(w.reached, func(s *step) bool { return s.depth == depth })
	return w.reached[at]
}

func (s *step) chain() []*x509.Certificate {
	out := make([]*x509.Certificate, s.depth+1)
	for ; s != nil; s = s.below {
		out[s.depth] = s.cert
	}
	return out
}

// issued reports whether issuer signed cert, by names, key identifiers where both are given, and signature.
func issued(issuer, cert *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, cert.RawIssuer) {
		return false
	}
	bothIdentified := len(cert.AuthorityKeyId) > 0 && len(issuer.SubjectKeyId) > 0
	if bothIdentified && !bytes.Equal(cert.AuthorityKeyId, issuer.SubjectKeyId) {
		return false
	}
	return (checkMayIssue(issuer) == nil || isVersion1CA(issuer)) && verifiesUnder(cert, issuer)
}

// isVersion1CA recognises the roots of old that came before basic constraints.
func isVersion1CA(cert *x509.Certificate) bool { return cert.Version < 3 && isSelfIssued(cert) }

func isSelfSigned(cert *x509.Certificate) bool {
	return isSelfIssued(cert) && verifiesUnder(cert, cert)
}
