package pki_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"

	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func TestParseCertificates(t *testing.T) {
	t.Parallel()
	a, b := newRoot(t, "A", pki.KeySpec{}).cert, newRoot(t, "B", pki.KeySpec{}).cert
	text := pki.EncodeCertificates(a, b)
	key, err := pki.EncodePrivateKey(rsaKey())
	must(t, err)
	for name, data := range map[string][]byte{
		"PEM":               text,
		"DER":               slices.Concat(a.Raw, b.Raw),
		"Windows line ends": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
		"old Mac line ends": bytes.ReplaceAll(text, []byte("\n"), []byte("\r")),
		"indented":          bytes.ReplaceAll(text, []byte("\n"), []byte("\n\t  ")),
		"byte order mark":   append([]byte("\xef\xbb\xbf"), text...),
		"no final newline":  bytes.TrimSpace(text),
		"text between":      slices.Concat([]byte("subject=A\n"), pki.EncodeCertificates(a), []byte("subject=B\n"), pki.EncodeCertificates(b)),
		"a key between":     slices.Concat(pki.EncodeCertificates(a), key, pki.EncodeCertificates(b)),
		"the old label":     bytes.ReplaceAll(text, []byte(" CERTIFICATE"), []byte(" X509 CERTIFICATE")),
	} {
		got, err := pki.ParseCertificates(data)
		if err != nil || len(got) != 2 || !got[0].Equal(a) || !got[1].Equal(b) {
			t.Errorf("%s: got %d certificates, %v", name, len(got), err)
		}
	}
}

func TestParseCertificateRefuses(t *testing.T) {
	t.Parallel()
	cert := newRoot(t, "A", pki.KeySpec{}).cert
	text := pki.EncodeCertificates(cert)
	key, err := pki.EncodePrivateKey(rsaKey())
	must(t, err)
	block := func(name, content string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: name, Bytes: []byte(content)})
	}
	b := newBundle(t, pki.KeySpec{})
	again := ": copy it again, from -----BEGIN to -----END, with its line breaks"
	for name, tt := range map[string]struct {
		data []byte
		code pki.Code
		text string
	}{
		"empty":          {[]byte(" \n"), pki.NoCertificate, "the input is empty"},
		"two":            {append(text[:len(text):len(text)], text...), pki.Ambiguous, "one certificate is expected, 2 are there: give the chain separately"},
		"cut off":        {text[:len(text)-40], pki.Malformed, "1 of 1 PEM certificate blocks are damaged or cut off" + again},
		"one damaged":    {slices.Concat(text, bytes.Replace(text, []byte("\nMII"), []byte("\n!!!"), 1)), pki.Malformed, "1 of 2 PEM certificate blocks are damaged or cut off" + again},
		"no END":         {[]byte("-----BEGIN PRIVATE KEY-----\nAAAA"), pki.Malformed, "the PEM text is damaged or cut off" + again},
		"a key":          {key, pki.NoCertificate, "the PEM text holds a PRIVATE KEY, no CERTIFICATE"},
		"PKCS#7":         {block("PKCS7", "x"), pki.Unsupported, "the input is a PKCS#7 bundle: convert it with: openssl pkcs7 -print_certs"},
		"not a cert":     {block("CERTIFICATE", "x"), pki.Malformed, "certificate 1 of 1 cannot be parsed: x509: malformed certificate"},
		"random":         {[]byte("hello"), pki.Malformed, "the input is neither a PEM nor a DER certificate: x509: malformed certificate"},
		"DER cut off":    {cert.Raw[:100], pki.Malformed, "the input is neither a PEM nor a DER certificate: x509: malformed certificate"},
		"bare base64":    {[]byte("MIIBfjCCASOgAwIB"), pki.Malformed, "the input is base64 without PEM lines: decode it, or add the -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- lines"},
		"a PKCS#12 file": {encode(t, b.content(), pki.PKCS12Legacy), pki.Malformed, "the input is a PKCS#12 file, not a certificate: give it as pfx_base64 with its password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.ParseCertificate(tt.data)
			wantError(t, err, tt.code, "certificate_pem", tt.text)
		})
	}
}

func TestSamePEM(t *testing.T) {
	t.Parallel()
	one, two := newRoot(t, "A", pki.KeySpec{}).cert, newRoot(t, "B", pki.KeySpec{}).cert
	a, b := string(pki.EncodeCertificates(one)), string(pki.EncodeCertificates(two))
	for name, tt := range map[string]struct {
		left, right string
		want        bool
	}{
		"equal":            {a, a, true},
		"line ends":        {a, strings.ReplaceAll(a, "\n", "\r\n"), true},
		"indented":         {a, "  " + strings.ReplaceAll(a, "\n", "\n  "), true},
		"text around":      {a, "issuer=x\n" + a + "\n\n", true},
		"headers":          {a, strings.Replace(a, "-----\n", "-----\nComment: x\n\n", 1), true},
		"others":           {a, b, false},
		"order":            {a + b, b + a, false},
		"one more":         {a, a + b, false},
		"nothing":          {"", "", true},
		"nothing and junk": {"", "x", false},
		"junk":             {"x", "y", false},
	} {
		if got := pki.SamePEM(tt.left, tt.right); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestSerialNumber(t *testing.T) {
	t.Parallel()
	for serial, want := range map[int64]string{0: "00", 1: "01", 0xabc: "0abc", 0xdeadbeef: "deadbeef"} {
		if got := pki.SerialNumber(&x509.Certificate{SerialNumber: big.NewInt(serial)}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// OpenSSL says the same of a certificate as Describe.
func TestDescribe(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{})
	req := leafRequest("www.example.com", newKey(t, pki.KeySpec{Algorithm: pki.RSA}).Public())
	req.Subject.Organization, req.Subject.Locality = []string{"Comma, Inc"}, []string{"Köln"}
	req.Names.IPs, req.ExtKeyUsages = []string{"2001:db8::1"}, []string{"server_auth", "code_signing"}
	cert, err := pki.CreateLeaf(req, root.cert, root.key)
	must(t, err)
	path := certFile(t, cert)
	ask := func(args ...string) string {
		out := openssl(t, append([]string{"x509", "-in", path, "-noout"}, args...)...)
		_, value, _ := strings.Cut(strings.TrimSpace(out), "=")
		return value
	}
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, ":", "")) }
	got := pki.Describe(cert)
	for name, pair := range map[string][2]string{
		"serial":      {got.SerialNumber, plain(ask("-serial"))},
		"sha256":      {got.FingerprintSHA256, plain(ask("-fingerprint", "-sha256"))},
		"sha1":        {got.FingerprintSHA1, plain(ask("-fingerprint", "-sha1"))},
		"subject":     {got.SubjectDN, ask("-subject", "-nameopt", "RFC2253,-esc_msb,utf8")},
		"issuer":      {got.IssuerDN, "CN=Root"},
		"algorithm":   {got.KeyAlgorithm, "RSA"},
		"signature":   {got.SignatureAlgorithm, "ECDSA-SHA256"},
		"usages":      {strings.Join(got.KeyUsages, " "), "digital_signature key_encipherment"},
		"ext usages":  {strings.Join(got.ExtKeyUsages, " "), "server_auth code_signing"},
		"addresses":   {strings.Join(got.Names.IPs, " "), "2001:db8::1"},
		"authority":   {got.AuthorityKeyID, hex.EncodeToString(root.cert.SubjectKeyId)},
		"start":       {got.ValidityStartTime.String(), "2026-11-22 11:59:00 +0000 UTC"},
		"end":         {got.ValidityEndTime.String(), "2027-11-22 12:00:00 +0000 UTC"},
		"common name": {got.Subject.CommonName, "www.example.com"},
	} {
		if strings.TrimLeft(pair[0], "0") != strings.TrimLeft(pair[1], "0") {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	if spki, err := pki.PublicKeyFingerprint(cert.PublicKey); err != nil || got.RSABits != 2048 || got.Curve != "" || got.IsCA || got.Version != 3 || spki != got.PublicKeyFingerprint {
		t.Errorf("got %+v, %v", got, err)
	}
	if sum := sha1.Sum(cert.Raw); got.FingerprintSHA1 != hex.EncodeToString(sum[:]) {
		t.Errorf("got %s", got.FingerprintSHA1)
	}
}

// Usages without a name here show as object identifiers, and every name of ours is distinct.
func TestDescribeUnknownUsages(t *testing.T) {
	t.Parallel()
	c := special(t, func(c *x509.Certificate) {
		c.KeyUsage = 0x1ff
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageOCSPSigning}
		c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, []int{1, 3, 6, 1, 5, 2, 3, 5})
		c.OCSPServer, c.CRLDistributionPoints = []string{"http://ocsp.example"}, []string{"http://crl.example"}
	})
	got := pki.Describe(c.cert)
	if strings.Join(got.ExtKeyUsages, " ") != "any_extended ocsp_signing 1.3.6.1.5.2.3.5" || len(slices.Compact(slices.Sorted(slices.Values(got.KeyUsages)))) != 9 {
		t.Errorf("got %v %v", got.ExtKeyUsages, got.KeyUsages)
	}
	if got.OCSPServers[0] != "http://ocsp.example" || got.CRLDistributionPoints[0] != "http://crl.example" {
		t.Errorf("got %+v", got)
	}
}
