package pki_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// world is a tangle of CAs: every one in a cell may be certified by any of several others, itself included, in loops.
type world struct {
	leaf  *x509.Certificate
	certs []*x509.Certificate
}

var tangle = sync.OnceValue(func() world {
	const size = 6
	keys := make([]crypto.Signer, size)
	for i := range keys {
		keys[i], _ = pki.GenerateKey(pki.KeySpec{})
	}
	serial := int64(0)
	certify := func(subject, issuer int, isCA bool) *x509.Certificate {
		serial++
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: fmt.Sprint("CA ", subject)}, SubjectKeyId: []byte{byte(subject)}, AuthorityKeyId: []byte{byte(issuer)},
			NotBefore: now, NotAfter: now.Add(time.Duration(serial%5+1) * year), BasicConstraintsValid: true, IsCA: isCA,
		}
		parent := &x509.Certificate{Subject: pkix.Name{CommonName: fmt.Sprint("CA ", issuer)}, SubjectKeyId: []byte{byte(issuer)}}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, keys[subject].Public(), keys[issuer])
		if err != nil {
			panic(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		return cert
	}
	w := world{leaf: certify(0, 1, false)}
	for subject := 1; subject < size; subject++ {
		for issuer := 1; issuer < size; issuer++ {
			if subject != issuer || subject >= 4 { // only CA 4 and CA 5 have self-signed certificates
				w.certs = append(w.certs, certify(subject, issuer, true))
			}
		}
	}
	return w
})

// Whatever is in the pool and in whatever order: links verify, nothing repeats, the way is the shortest, a complete one is
// found exactly if there is one, and shuffling changes nothing.
func TestBuildChainProperties(t *testing.T) {
	t.Parallel()
	w := tangle()
	property.Check(t, func(t *rapid.T) {
		pool := rapid.SliceOfN(rapid.SampledFrom(w.certs), 0, 14).Draw(t, "pool")
		chain, complete := pki.BuildChain(w.leaf, pool)
		if !chain[0].Equal(w.leaf) {
			t.Fatal("the chain does not start with the leaf")
		}
		for i := 1; i < len(chain); i++ {
			if err := chain[i-1].CheckSignatureFrom(chain[i]); err != nil {
				t.Fatalf("link %d: %v", i, err)
			}
			if slices.ContainsFunc(chain[:i], chain[i].Equal) {
				t.Fatalf("certificate %d repeats", i)
			}
		}
		want, reachable := shortestByBruteForce(w.leaf, pool)
		if complete != reachable || complete && len(chain) != want {
			t.Fatalf("got length %d, complete %v; brute force says %d, %v", len(chain), complete, want, reachable)
		}
		again, _ := pki.BuildChain(w.leaf, rapid.Permutation(append(pool, pool...)).Draw(t, "shuffled"))
		if !slices.EqualFunc(chain, again, (*x509.Certificate).Equal) {
			t.Fatal("another order of the pool gives another chain")
		}
	})
}

// shortestByBruteForce tries every simple path; the oracle shares nothing with the search under test.
func shortestByBruteForce(from *x509.Certificate, pool []*x509.Certificate) (length int, found bool) {
	if from.Subject.String() == from.Issuer.String() {
		return 1, true
	}
	for i, next := range pool {
		if from.Issuer.String() != next.Subject.String() {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(pool), pool[i].Equal)
		if n, ok := shortestByBruteForce(next, rest); ok && (!found || n+1 < length) {
			length, found = n+1, true
		}
	}
	return length, found
}

// Names alone never make a link: a stranger with the same name, with and without the same key identifier, is passed over.
func TestBuildChainChecksSignatures(t *testing.T) {
	t.Parallel()
	genuine, namesake := newRoot(t, "Root", pki.KeySpec{}), newRoot(t, "Root", pki.KeySpec{})
	impostor := special(t, func(c *x509.Certificate) { c.Subject.CommonName, c.SubjectKeyId = "Root", genuine.cert.SubjectKeyId })
	leaf := genuine.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	chain, complete := pki.BuildChain(leaf, []*x509.Certificate{namesake.cert, impostor.cert})
	if len(chain) != 1 || complete {
		t.Errorf("got %v", names(chain))
	}
	chain, complete = pki.BuildChain(leaf, []*x509.Certificate{namesake.cert, impostor.cert, genuine.cert})
	if len(chain) != 2 || !complete || !chain[1].Equal(genuine.cert) {
		t.Errorf("got %v", names(chain))
	}
}

// Key identifiers that contradict each other break a link even where the key would fit, as they do for OpenSSL.
func TestBuildChainHonoursKeyIdentifiers(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	template := *root.cert
	template.SubjectKeyId, template.AuthorityKeyId = []byte("another"), nil
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, root.key.Public(), root.key)
	must(t, err)
	renamed, err := x509.ParseCertificate(der)
	must(t, err)
	leaf := root.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	if chain, complete := pki.BuildChain(leaf, []*x509.Certificate{renamed}); len(chain) != 1 || complete {
		t.Errorf("got %v", names(chain))
	}
}

// A root that is not trusted is reported as that, not as weakly signed: nobody checks a root's own signature.
func TestVerifyChainIgnoresSignatureOfRoot(t *testing.T) {
	t.Parallel()
	certs, err := pki.ParseCertificates(read(t, "testdata/sha1.pem"))
	must(t, err)
	root, leaf := certs[0], certs[2]
	at := leaf.NotBefore.Add(time.Hour)
	must(t, pki.VerifyChain(leaf, nil, []*x509.Certificate{root}, at))
	err = pki.VerifyChain(leaf, []*x509.Certificate{root}, []*x509.Certificate{newRoot(t, "Other", pki.KeySpec{}).cert}, at)
	if pki.CodeOf(err) != pki.Untrusted {
		t.Errorf("got %s: %v", pki.CodeOf(err), err)
	}
}

// Old roots are signed with SHA-1 and MD5, or are version 1. They are put in order like any other.
func TestBuildChainWithOldCertificates(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sha1", "md5", "version1"} {
		root, leaf := oldPair(t, name)
		chain, complete := pki.BuildChain(leaf, []*x509.Certificate{root})
		if len(chain) != 2 || !complete {
			t.Errorf("%s: got %v, %v", name, names(chain), complete)
		}
	}
}

// oldPair is the root and leaf in testdata; see its README.md.
func oldPair(t *testing.T, name string) (root, leaf *x509.Certificate) {
	t.Helper()
	certs, err := pki.ParseCertificates(read(t, "testdata/"+name+".pem"))
	must(t, err)
	return certs[0], certs[1]
}

func TestVerifyChain(t *testing.T) {
	t.Parallel()
	root, other := newRoot(t, "Root", pki.KeySpec{}), newRoot(t, "Other", pki.KeySpec{})
	leaf := root.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	notCA := special(t, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })
	oldRoot, oldLeaf := oldPair(t, "sha1")
	byNotCA := signedBy(t, notCA)
	roots := func(certs ...*x509.Certificate) []*x509.Certificate { return certs }
	must(t, pki.VerifyChain(leaf, nil, roots(other.cert, root.cert), now))
	for name, tt := range map[string]struct {
		leaf  *x509.Certificate
		roots []*x509.Certificate
		at    time.Time
		code  pki.Code
		text  string
	}{
		"stranger":      {leaf, roots(other.cert), now, pki.Untrusted, "CN=leaf.example does not chain to any of the given roots: x509: certificate signed by unknown authority: add the missing intermediates or the right root"},
		"no roots":      {leaf, nil, now, pki.Untrusted, "CN=leaf.example does not chain to any of the given roots: x509: certificate signed by unknown authority: add the missing intermediates or the right root"},
		"expired":       {leaf, roots(root.cert), now.Add(2 * year), pki.Expired, "CN=leaf.example expired at 2027-11-22T12:00:00Z"},
		"early":         {leaf, roots(root.cert), now.Add(-2 * time.Minute), pki.NotYetValid, "CN=leaf.example is valid only from 2026-11-22T11:59:00Z"},
		"no time given": {leaf, roots(root.cert), time.Time{}, pki.NotYetValid, "the time to verify at is not given"},
		"SHA-1":         {oldLeaf, roots(oldRoot), oldLeaf.NotBefore.Add(time.Hour), pki.WeakSignature, "CN=old.example is signed with SHA1-RSA: issue it again with SHA-256 or better"},
		"not a CA":      {byNotCA, roots(notCA.cert), now, pki.Untrusted, `CN=child does not chain to any of the given roots: x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "special"): add the missing intermediates or the right root`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, pki.VerifyChain(tt.leaf, nil, tt.roots, tt.at), tt.code, "", tt.text)
		})
	}
}

func signedBy(t testing.TB, parent ca) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "child"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(year)}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, newKey(t, pki.KeySpec{}).Public(), parent.key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return cert
}

// An expired intermediate is named, rather than reported as an unknown authority.
func TestVerifyChainNamesTheExpiredIssuer(t *testing.T) {
	t.Parallel()
	old, young := newRoot(t, "Old", pki.KeySpec{}), newRoot(t, "Young", pki.KeySpec{})
	short := rootRequest("Short")
	short.Validity = 2 * year
	key := newKey(t, pki.KeySpec{})
	shortRoot, err := pki.CreateRoot(short, key)
	must(t, err)
	cross, err := pki.CrossSign(young.cert, shortRoot, key, now)
	must(t, err)
	req := leafRequest("leaf.example", newKey(t, pki.KeySpec{}).Public())
	req.NotAfter = now.Add(5 * year)
	leaf, err := pki.CreateLeaf(req, young.cert, young.key)
	must(t, err)
	err = pki.VerifyChain(leaf, []*x509.Certificate{cross}, []*x509.Certificate{shortRoot, old.cert}, now.Add(3*year))
	wantError(t, err, pki.Expired, "", "CN=Young expired at 2028-11-21T11:00:00Z")
}

func TestSplitChain(t *testing.T) {
	t.Parallel()
	old, young := newRoot(t, "Old", pki.KeySpec{}), newRoot(t, "Young", pki.KeySpec{})
	cross, err := pki.CrossSign(young.cert, old.cert, old.key, now)
	must(t, err)
	leaf := young.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	property.Check(t, func(rt *rapid.T) {
		bundle := rapid.Permutation([]*x509.Certificate{leaf, cross, old.cert, leaf, cross}).Draw(rt, "bundle")
		gotLeaf, intermediates, roots, err := pki.SplitChain(pki.EncodeCertificates(bundle...))
		if err != nil || !gotLeaf.Equal(leaf) || strings.Join(names(intermediates), ",") != "Old -> Young" || strings.Join(names(roots), ",") != "Old -> Old" {
			rt.Fatalf("got %v %v %v %v", gotLeaf, names(intermediates), names(roots), err)
		}
	})
	gotLeaf, intermediates, roots, err := pki.SplitChain(pki.EncodeCertificates(cross, old.cert))
	must(t, err)
	if gotLeaf != nil || len(intermediates) != 1 || len(roots) != 1 {
		t.Errorf("of CA certificates alone: %v %v %v", gotLeaf, names(intermediates), names(roots))
	}
	_, _, _, err = pki.SplitChain(pki.EncodeCertificates(leaf, young.leaf(t, "other.example", newKey(t, pki.KeySpec{}))))
	wantError(t, err, pki.Ambiguous, "certificate_pem", "the bundle holds 2 end-entity certificates, such as CN=leaf.example and CN=other.example: keep one")
	gotLeaf, intermediates, roots, err = pki.SplitChain(read(t, "testdata/version1.pem"))
	must(t, err)
	if gotLeaf == nil || gotLeaf.Subject.CommonName != "old.example" || len(intermediates) != 0 || len(roots) != 1 {
		t.Errorf("of version 1 certificates: %v %v %v", gotLeaf, names(intermediates), names(roots))
	}
	_, _, _, err = pki.SplitChain(nil)
	wantError(t, err, pki.NoCertificate, "certificate_pem", "the input is empty")
}

func TestCheckRoot(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	must(t, pki.CheckRoot(root.cert, now))
	must(t, pki.CheckRoot(special(t, func(c *x509.Certificate) { c.KeyUsage = 0 }).cert, now)) // key usage may be absent
	sha1, _ := oldPair(t, "sha1")
	version1, _ := oldPair(t, "version1")
	md5, _ := oldPair(t, "md5")
	weak, err := pki.ParseCertificate(read(t, "testdata/rsa1024.pem"))
	must(t, err)
	later := sha1.NotBefore.Add(time.Hour)
	tampered, err := x509.ParseCertificate(append(root.cert.Raw[:len(root.cert.Raw)-1:len(root.cert.Raw)-1], root.cert.Raw[len(root.cert.Raw)-1]^1))
	must(t, err)
	for name, tt := range map[string]struct {
		cert *x509.Certificate
		at   time.Time
		code pki.Code
		text string
	}{
		"expired":     {root.cert, root.cert.NotAfter.Add(time.Second), pki.Expired, "CN=Root expired at 2036-11-19T11:00:00Z"},
		"early":       {root.cert, root.cert.NotBefore.Add(-time.Second), pki.NotYetValid, "CN=Root is valid only from 2026-11-22T11:00:00Z"},
		"a leaf":      {root.leaf(t, "leaf.example", newKey(t, pki.KeySpec{})), now, pki.NotACA, "CN=leaf.example is not a CA certificate: use a certificate whose basic constraints say CA:TRUE"},
		"no certSign": {special(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }).cert, now, pki.NoCertSign, "CN=special may not sign certificates: use a certificate whose key usage has keyCertSign"},
		"SHA-1":       {sha1, later, pki.WeakSignature, "CN=Old Root is signed with SHA1-RSA: issue it again with SHA-256 or better"},
		"MD5":         {md5, later, pki.WeakSignature, "CN=Old Root is signed with MD5-RSA: issue it again with SHA-256 or better"},
		"weak key":    {weak, later, pki.WeakKey, "CN=Weak: the RSA key has only 1024 bits: use at least 2048 bits"},
		"version 1":   {version1, later, pki.Unsupported, "CN=Old Root is an X.509 version 1 certificate: issue a version 3 certificate"},
		"tampered":    {tampered, now, pki.Malformed, "the self-signature of CN=Root does not verify: x509: ECDSA verification failure"},
		"not understood": {special(t, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}).cert, now, pki.Unsupported, "CN=special has a critical extension that is not supported (1.2.3)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, pki.CheckRoot(tt.cert, tt.at), tt.code, "certificate_pem", tt.text)
		})
	}
	must(t, pki.CheckRoot(root.cert, root.cert.NotAfter)) // the last second counts (RFC 5280, section 4.1.2.5)
}
