package pki_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// outline says which extensions a certificate has, in order, with ! for critical ones.
func outline(cert *x509.Certificate) []string {
	names := map[string]string{
		"2.5.29.15": "keyUsage", "2.5.29.37": "extKeyUsage", "2.5.29.19": "basicConstraints",
		"2.5.29.14": "subjectKeyIdentifier", "2.5.29.35": "authorityKeyIdentifier", "2.5.29.17": "subjectAltName",
	}
	var out []string
	for _, extension := range cert.Extensions {
		name := names[extension.Id.String()]
		if extension.Critical {
			name += "!"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// lints runs every lint of the RFCs on certificates, and the community's; none is excluded. The sources left out are the
// rules of browsers and public CAs, which bind nobody here.
func lints(t *testing.T, cert *x509.Certificate) {
	t.Helper()
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{IncludeSources: lint.SourceList{lint.RFC3279, lint.RFC5280, lint.RFC5480, lint.RFC5891, lint.RFC8813, lint.Community}})
	must(t, err)
	parsed, err := zx509.ParseCertificate(cert.Raw)
	must(t, err)
	results := zlint.LintCertificateEx(parsed, registry).Results
	if len(results) < 100 {
		t.Fatalf("only %d lints ran", len(results))
	}
	for name, result := range results {
		if result.Status >= lint.Warn {
			t.Errorf("%s: %s %s", name, result.Status, result.Details)
		}
	}
}

// Every kind of root and leaf passes the RFC 5280 lints and OpenSSL's strict verification.
func TestIssuedCertificatesAreRFC5280(t *testing.T) {
	t.Parallel()
	for _, rootSpec := range specs {
		for _, leafSpec := range specs {
			t.Run(specName(rootSpec)+" signs "+specName(leafSpec), func(t *testing.T) {
				t.Parallel()
				root := newRoot(t, "Test Root", rootSpec)
				req := leafRequest("www.example.com", newKey(t, leafSpec).Public())
				req.Subject.Organization, req.Subject.Country = []string{"Müller & Söhne"}, []string{"DE"}
				req.Names = pki.Names{DNS: []string{"www.example.com", "*.example.com"}, IPs: []string{"192.0.2.1", "2001:db8::1"}, Emails: []string{"ops@example.com"}, URIs: []string{"https://example.com/x"}}
				leaf, err := pki.CreateLeaf(req, root.cert, root.key)
				must(t, err)
				lints(t, root.cert)
				lints(t, leaf)
				must(t, pki.CheckRoot(root.cert, now))
				must(t, pki.VerifyChain(leaf, nil, []*x509.Certificate{root.cert}, now))
				openssl(t, "verify", "-x509_strict", "-check_ss_sig", "-attime", fmt.Sprint(now.Unix()), "-CAfile", certFile(t, root.cert), certFile(t, leaf))
			})
		}
	}
}

func TestCreateRootProfile(t *testing.T) {
	t.Parallel()
	zero, two := 0, 2
	for name, length := range map[string]*int{"unlimited": nil, "zero": &zero, "two": &two} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := rootRequest("Root")
			req.MaxPathLength, req.NotBefore = length, now.Add(999*time.Millisecond)
			key := newKey(t, pki.KeySpec{})
			cert, err := pki.CreateRoot(req, key)
			must(t, err)
			if got, want := outline(cert), []string{"authorityKeyIdentifier", "basicConstraints!", "keyUsage!", "subjectKeyIdentifier"}; !slices.Equal(got, want) {
				t.Errorf("extensions %v", got)
			}
			info := pki.Describe(cert)
			if !info.IsCA || !info.SelfSigned || !slices.Equal(info.KeyUsages, []string{"cert_sign", "crl_sign"}) || info.Version != 3 {
				t.Errorf("got %+v", info)
			}
			if (info.MaxPathLength == nil) != (length == nil) || length != nil && *info.MaxPathLength != *length {
				t.Errorf("got path length %v", info.MaxPathLength)
			}
			if info.SubjectKeyID == "" || info.SubjectKeyID != info.AuthorityKeyID || len(info.SubjectKeyID) != 40 {
				t.Errorf("key identifiers %q %q", info.SubjectKeyID, info.AuthorityKeyID)
			}
			if !cert.NotBefore.Equal(now) || !cert.NotAfter.Equal(now.Add(10*year)) {
				t.Errorf("valid from %s to %s", cert.NotBefore, cert.NotAfter)
			}
		})
	}
}

func TestCreateLeafProfile(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	for name, tt := range map[string]struct {
		spec    pki.KeySpec
		change  func(*pki.LeafRequest)
		outline []string
		usages  []string
		ext     []string
	}{
		"ECDSA": {pki.KeySpec{}, func(*pki.LeafRequest) {},
			[]string{"authorityKeyIdentifier", "basicConstraints!", "extKeyUsage", "keyUsage!", "subjectAltName", "subjectKeyIdentifier"},
			[]string{"digital_signature"}, []string{"server_auth", "client_auth"}},
		"RSA": {pki.KeySpec{Algorithm: pki.RSA}, func(*pki.LeafRequest) {},
			[]string{"authorityKeyIdentifier", "basicConstraints!", "extKeyUsage", "keyUsage!", "subjectAltName", "subjectKeyIdentifier"},
			[]string{"digital_signature", "key_encipherment"}, []string{"server_auth", "client_auth"}},
		"empty subject": {pki.KeySpec{}, func(r *pki.LeafRequest) { r.Subject = pki.Subject{} },
			[]string{"authorityKeyIdentifier", "basicConstraints!", "extKeyUsage", "keyUsage!", "subjectAltName!", "subjectKeyIdentifier"},
			[]string{"digital_signature"}, []string{"server_auth", "client_auth"}},
		"no names, one usage": {pki.KeySpec{}, func(r *pki.LeafRequest) { r.Names, r.ExtKeyUsages = pki.Names{}, []string{"client_auth"} },
			[]string{"authorityKeyIdentifier", "basicConstraints!", "extKeyUsage", "keyUsage!", "subjectKeyIdentifier"},
			[]string{"digital_signature"}, []string{"client_auth"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := leafRequest("leaf.example", newKey(t, tt.spec).Public())
			tt.change(&req)
			cert, err := pki.CreateLeaf(req, root.cert, root.key)
			must(t, err)
			info := pki.Describe(cert)
			if !slices.Equal(outline(cert), tt.outline) || !slices.Equal(info.KeyUsages, tt.usages) || !slices.Equal(info.ExtKeyUsages, tt.ext) {
				t.Errorf("got %v %v %v", outline(cert), info.KeyUsages, info.ExtKeyUsages)
			}
			if info.IsCA || info.MaxPathLength != nil || info.SelfSigned || info.AuthorityKeyID != hex.EncodeToString(root.cert.SubjectKeyId) {
				t.Errorf("got %+v", info)
			}
			lints(t, cert)
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	key := newKey(t, pki.KeySpec{})
	leaf := root.leaf(t, "leaf.example", key)
	request := func(change func(*pki.LeafRequest)) pki.LeafRequest {
		req := leafRequest("leaf.example", key.Public())
		change(&req)
		return req
	}
	same := func(*pki.LeafRequest) {}
	for name, tt := range map[string]struct {
		req         pki.LeafRequest
		issuer      *x509.Certificate
		issuerKey   ca
		code        pki.Code
		field, text string
	}{
		"outlives the issuer": {request(func(r *pki.LeafRequest) { r.NotAfter = root.cert.NotAfter.Add(time.Second) }), root.cert, root, pki.InvalidValidity, "validity_period_hours",
			"the certificate would end at 2036-11-19T11:00:01Z, after its issuer CN=Root ends (2036-11-19T11:00:00Z): shorten the validity or replace the issuer first"},
		"starts before the issuer": {request(func(r *pki.LeafRequest) { r.NotBefore = root.cert.NotBefore.Add(-time.Second) }), root.cert, root, pki.InvalidValidity, "validity_period_hours",
			"the certificate would start at 2026-11-22T10:59:59Z, before its issuer CN=Root starts (2026-11-22T11:00:00Z)"},
		"ends before it starts": {request(func(r *pki.LeafRequest) { r.NotAfter = r.NotBefore }), root.cert, root, pki.InvalidValidity, "validity_period_hours",
			"the certificate would end at 2026-11-22T11:59:00Z, no later than it starts (2026-11-22T11:59:00Z): give a longer validity"},
		"the year 10000": {request(func(r *pki.LeafRequest) { r.NotAfter = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), root.cert, root, pki.InvalidValidity, "validity_period_hours",
			"a certificate cannot end in the year 10000"},
		"no start": {request(func(r *pki.LeafRequest) { r.NotBefore = time.Time{} }), root.cert, root, pki.InvalidValidity, "validity_period_hours",
			"a certificate cannot start in the year 1"},
		"a leaf as issuer": {request(same), leaf, ca{leaf, key}, pki.NotACA, "certificate_pem", "CN=leaf.example is not a CA certificate: use a certificate whose basic constraints say CA:TRUE"},
		"no issuer":        {request(same), nil, root, pki.NoCertificate, "", "there is no issuer certificate to sign with"},
		"no issuer key":    {request(same), root.cert, ca{}, pki.NoPrivateKey, "", "there is no private key to sign with"},
		"another key":      {request(same), root.cert, ca{nil, key}, pki.KeyMismatch, "private_key_pem", "the private key does not belong to CN=Root: give the key that the certificate was issued for"},
		"nobody":           {request(func(r *pki.LeafRequest) { r.Subject, r.Names = pki.Subject{}, pki.Names{} }), root.cert, root, pki.InvalidName, "common_name", "the certificate would name nobody: give a common_name or at least one of dns_names, ip_addresses, email_addresses, uris"},
		"a bad name":       {request(func(r *pki.LeafRequest) { r.Names.DNS = []string{"a_b.example"} }), root.cert, root, pki.InvalidName, "dns_names", `"a_b.example" holds '_', which a host name cannot have: use letters, digits and hyphens`},
		"a bad subject":    {request(func(r *pki.LeafRequest) { r.Subject.Country = []string{"de"} }), root.cert, root, pki.InvalidName, "subject.country", `"de" is not an ISO 3166 country code: write DE`},
		"no key":           {request(func(r *pki.LeafRequest) { r.PublicKey = nil }), root.cert, root, pki.Unsupported, "", "the public key's algorithm is not supported: use RSA, ECDSA (P-256, P-384, P-521) or Ed25519"},
		"an unknown usage": {request(func(r *pki.LeafRequest) { r.ExtKeyUsages = []string{"any_extended"} }), root.cert, root, pki.Unsupported, "ext_key_usages", `"any_extended" is not an extended key usage for a leaf: use server_auth, client_auth, code_signing, email_protection, ipsec_end_system, ipsec_tunnel, ipsec_user`},
		"a repeated usage": {request(func(r *pki.LeafRequest) { r.ExtKeyUsages = []string{"server_auth", "server_auth"} }), root.cert, root, pki.Unsupported, "ext_key_usages", `"server_auth" is given twice: remove one`},
		"may not sign":     {request(same), special(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }).cert, root, pki.NoCertSign, "certificate_pem", "CN=special may not sign certificates: use a certificate whose key usage has keyCertSign"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cert, err := pki.CreateLeaf(tt.req, tt.issuer, tt.issuerKey.key)
			wantError(t, err, tt.code, tt.field, tt.text)
			if cert != nil {
				t.Error("a certificate came out nevertheless")
			}
		})
	}
}

// special makes a CA certificate that CreateRoot would not.
func special(t testing.TB, change func(*x509.Certificate)) ca {
	t.Helper()
	key := newKey(t, pki.KeySpec{})
	template := &x509.Certificate{
		SerialNumber: bigOne, Subject: pkix.Name{CommonName: "special"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(2 * year),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	change(template)
	der, err := x509.CreateCertificate(zeroReader{}, template, template, key.Public(), key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return ca{cert, key}
}

// An issuer that constrains names or usages gets no certificate that would fail under it.
func TestCreateLeafUnderConstraints(t *testing.T) {
	t.Parallel()
	named := special(t, func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"inside.example"}
	})
	server := special(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	key := newKey(t, pki.KeySpec{})
	inside := leafRequest("a.inside.example", key.Public())
	inside.ExtKeyUsages = []string{"server_auth"}
	for _, issuer := range []ca{named, server} {
		_, err := pki.CreateLeaf(inside, issuer.cert, issuer.key)
		must(t, err)
	}
	_, err := pki.CreateLeaf(leafRequest("outside.example", key.Public()), named.cert, named.key)
	wantError(t, err, pki.NameConstraint, "", `the issuer CN=special may not issue this certificate: x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "outside.example" is not permitted by any constraint`)
	_, err = pki.CreateLeaf(leafRequest("a.inside.example", key.Public()), server.cert, server.key)
	wantError(t, err, pki.NameConstraint, "", "the issuer CN=special may not issue this certificate: x509: certificate specifies an incompatible key usage")
}

// An old issuer without key identifier still gets its certificates identified.
func TestCreateLeafUnderIssuerWithoutKeyID(t *testing.T) {
	t.Parallel()
	pem := openssl(t, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "-", "-subj", "/CN=old", "-days", "36500",
		"-addext", "subjectKeyIdentifier=none", "-addext", "authorityKeyIdentifier=none")
	issuer, err := pki.ParseCertificate([]byte(pem))
	must(t, err)
	key, err := pki.ParsePrivateKey([]byte(pem))
	must(t, err)
	if len(issuer.SubjectKeyId) > 0 {
		t.Fatal("the issuer has a key identifier after all")
	}
	req := leafRequest("leaf.example", newKey(t, pki.KeySpec{}).Public())
	req.NotBefore, req.NotAfter = issuer.NotBefore, issuer.NotBefore.Add(year)
	leaf, err := pki.CreateLeaf(req, issuer, key)
	must(t, err)
	if len(leaf.AuthorityKeyId) != 20 {
		t.Errorf("authority key identifier %x", leaf.AuthorityKeyId)
	}
	must(t, pki.VerifyChain(leaf, nil, []*x509.Certificate{issuer}, req.NotBefore.Add(time.Hour)))
}

func TestRootRequestRefuses(t *testing.T) {
	t.Parallel()
	negative := -1
	for name, tt := range map[string]struct {
		change      func(*pki.RootRequest)
		code        pki.Code
		field, text string
	}{
		"no subject":  {func(r *pki.RootRequest) { r.Subject = pki.Subject{} }, pki.InvalidName, "common_name", "a root certificate needs a subject (RFC 5280, section 4.1.2.6): give a common_name"},
		"path length": {func(r *pki.RootRequest) { r.MaxPathLength = &negative }, pki.PathLength, "max_path_length", "a path length of -1 is impossible: use 0 or more, or leave it out"},
		"no validity": {func(r *pki.RootRequest) { r.Validity = time.Millisecond }, pki.InvalidValidity, "validity_period_hours", "the certificate would end at 2026-11-22T11:00:00Z, no later than it starts (2026-11-22T11:00:00Z): give a longer validity"},
		"key spec":    {func(r *pki.RootRequest) { r.Key.Algorithm = "DSA" }, pki.InvalidKeySpec, "key_algorithm", `key algorithm "DSA" is not known: use RSA, ECDSA or ED25519`},
		"other key":   {func(r *pki.RootRequest) { r.Key.Curve = pki.P384 }, pki.KeyMismatch, "key_algorithm", "the key is not of the algorithm and size asked for"},
		"subject":     {func(r *pki.RootRequest) { r.Subject.CommonName = "x\ny" }, pki.InvalidName, "common_name", `"x\ny" holds a character that cannot be shown: remove it`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := rootRequest("Root")
			tt.change(&req)
			_, err := pki.CreateRoot(req, newKey(t, pki.KeySpec{}))
			wantError(t, err, tt.code, tt.field, tt.text)
		})
	}
	_, err := pki.CreateRoot(rootRequest("Root"), nil)
	wantError(t, err, pki.NoPrivateKey, "", "there is no private key to sign with")
}

func TestCrossSign(t *testing.T) {
	t.Parallel()
	old, young := newRoot(t, "Root", pki.KeySpec{}), newRoot(t, "Root", pki.KeySpec{Algorithm: pki.RSA}) // the same name, as in a replacement
	cross, err := pki.CrossSign(young.cert, old.cert, old.key, now.Add(-year))
	must(t, err)
	leaf := young.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	must(t, pki.VerifyChain(leaf, []*x509.Certificate{cross}, []*x509.Certificate{old.cert}, now))
	lints(t, cross)
	openssl(t, "verify", "-x509_strict", "-attime", fmt.Sprint(now.Unix()), "-CAfile", certFile(t, old.cert), "-untrusted", certFile(t, cross), certFile(t, leaf))
	if cross.NotAfter.After(old.cert.NotAfter) || cross.NotBefore.Before(old.cert.NotBefore) {
		t.Error("the cross certificate outlives its issuer")
	}
	_, err = pki.CrossSign(old.cert, old.cert, old.key, now)
	wantError(t, err, pki.KeyMismatch, "certificate_pem", "CN=Root cannot be cross-signed by itself")
	_, err = pki.CrossSign(leaf, old.cert, old.key, now)
	wantError(t, err, pki.NotACA, "certificate_pem", "CN=leaf.example is not a CA certificate: use a certificate whose basic constraints say CA:TRUE")
	_, err = pki.CrossSign(young.cert, old.cert, old.key, now.Add(20*year))
	wantError(t, err, pki.InvalidValidity, "validity_period_hours", "the certificate would end at 2036-11-19T11:00:00Z, no later than it starts (2046-11-17T12:00:00Z): give a longer validity")
}

// A root from elsewhere may write its name in another string type and number its key in its own way. The cross certificate
// takes both over byte for byte, or nothing that root signed would chain through.
func TestCrossSignKeepsForeignNameAndKeyID(t *testing.T) {
	t.Parallel()
	const utf8Name = "0\x0e1\x0c0\x0a\x06\x03\x55\x04\x03\x0c\x03old" // CN=old as UTF8String, where Go would write PrintableString
	old := newRoot(t, "Root", pki.KeySpec{})
	foreign := special(t, func(c *x509.Certificate) { c.RawSubject, c.SubjectKeyId = []byte(utf8Name), []byte("own way") })
	cross, err := pki.CrossSign(foreign.cert, old.cert, old.key, now)
	must(t, err)
	if string(cross.RawSubject) != utf8Name || string(cross.SubjectKeyId) != "own way" {
		t.Errorf("got name %q, key identifier %q", cross.RawSubject, cross.SubjectKeyId)
	}
	leaf := foreign.leaf(t, "leaf.example", newKey(t, pki.KeySpec{}))
	must(t, pki.VerifyChain(leaf, []*x509.Certificate{cross}, []*x509.Certificate{old.cert}, now))
}

func TestCrossSignPathLength(t *testing.T) {
	t.Parallel()
	length := func(n int) ca {
		key, req := newKey(t, pki.KeySpec{}), rootRequest(fmt.Sprint("Root ", n))
		req.MaxPathLength = &n
		cert, err := pki.CreateRoot(req, key)
		must(t, err)
		return ca{cert, key}
	}
	zero, one, five := length(0), length(1), length(5)
	for _, tt := range []struct {
		root, issuer ca
		want         int
	}{{five, one, 0}, {one, five, 1}, {zero, five, 0}} {
		cross, err := pki.CrossSign(tt.root.cert, tt.issuer.cert, tt.issuer.key, now)
		must(t, err)
		if got := pki.Describe(cross).MaxPathLength; got == nil || *got != tt.want {
			t.Errorf("got path length %v, want %d", got, tt.want)
		}
	}
	_, err := pki.CrossSign(one.cert, zero.cert, zero.key, now)
	wantError(t, err, pki.PathLength, "", "CN=Root 0 may not issue CA certificates (path length 0)")
}

func TestNewSerialNumber(t *testing.T) {
	t.Parallel()
	seen, longest := map[string]bool{}, 0
	for range 500 {
		serial, err := pki.NewSerialNumber()
		must(t, err)
		der, err := asn1.Marshal(serial)
		must(t, err)
		if serial.Sign() <= 0 || len(der) > 2+20 || seen[serial.String()] {
			t.Fatalf("got %s in %d octets", serial, len(der)-2)
		}
		seen[serial.String()], longest = true, max(longest, serial.BitLen())
	}
	if longest != 159 {
		t.Errorf("of 500 serial numbers the longest has %d bits", longest)
	}
}

// A signer that lies about its key is caught by the standard library's check of the signature, which sign relies on.
func TestCreateLeafWithLyingSigner(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	liar := lyingSigner{Signer: newKey(t, pki.KeySpec{}), public: root.key.Public()}
	_, err := pki.CreateLeaf(leafRequest("leaf.example", newKey(t, pki.KeySpec{}).Public()), root.cert, liar)
	if e := (*pki.Error)(nil); !errors.As(err, &e) || e.Code != pki.Unsupported {
		t.Errorf("got %v", err)
	}
}
