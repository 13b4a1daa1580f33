package pki_test

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func list(number int64, entries ...pki.CRLEntry) pki.CRL {
	return pki.CRL{Number: number, ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(100 * year), Entries: entries}
}

func revoked(reason string, certs ...*x509.Certificate) (entries []pki.CRLEntry) {
	for _, cert := range certs {
		entries = append(entries, pki.CRLEntry{SerialNumber: pki.SerialNumber(cert), At: now.Add(-time.Hour), Reason: reason})
	}
	return entries
}

func (c ca) crl(t testing.TB, l pki.CRL) []byte {
	t.Helper()
	der, err := pki.CreateCRL(l, c.cert, c.key)
	must(t, err)
	return der
}

// allReasons are those a complete list may hold.
var allReasons = []string{
	"unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation",
	"certificate_hold", "privilege_withdrawn", "aa_compromise",
}

// Every kind of CA signs a list that reads back and that OpenSSL verifies, with every reason.
func TestCRLsAreRFC5280(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		t.Run(specName(spec), func(t *testing.T) {
			t.Parallel()
			root := newRoot(t, "Test Root", spec)
			l := list(7)
			for i, reason := range allReasons {
				l.Entries = append(l.Entries, pki.CRLEntry{SerialNumber: "0" + string(rune('1'+i)), At: now.Add(-time.Hour), Reason: reason})
			}
			l.NextUpdate = l.ThisUpdate.Add(year)
			der := root.crl(t, l)
			got, err := pki.ParseCRL(der, root.cert)
			must(t, err)
			if diff := cmp.Diff(l, got); diff != "" {
				t.Errorf("the list reads back otherwise: %s", diff)
			}
			path := file(t, "crl.pem", pki.EncodeCRLs(der))
			text := runBoth(t, "crl", "-in", path, "-noout", "-text", "-verify", "-CAfile", certFile(t, root.cert))
			for _, want := range []string{"verify OK", "X509v3 CRL Number: \n                7", "Key Compromise", "Certificate Hold", "Authority Key Identifier"} {
				if !strings.Contains(text, want) {
					t.Errorf("openssl does not say %q:\n%s", want, text)
				}
			}
		})
	}
}

// What OpenSSL decides by the lists, with deltas on top: a released certificate is good again.
func TestOpenSSLDecidesByTheLists(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	good, held, stolen := root.leaf(t, "good", newKey(t, specs[0])), root.leaf(t, "held", newKey(t, specs[0])), root.leaf(t, "stolen", newKey(t, specs[0]))
	full := list(3, revoked("certificate_hold", held)...)
	full.FreshestURL = "http://127.0.0.1/delta.crl"
	delta := list(4, append(revoked("remove_from_crl", held), revoked("key_compromise", stolen)...)...)
	delta.Base = 3
	fullFile, deltaFile := file(t, "crl.pem", pki.EncodeCRLs(root.crl(t, full))), file(t, "delta.pem", pki.EncodeCRLs(root.crl(t, delta)))
	for _, tt := range []struct {
		name   string
		cert   *x509.Certificate
		delta  bool
		answer string
	}{
		{"good", good, false, ""},
		{"held", held, false, "certificate revoked"},
		{"not listed yet", stolen, false, ""},
		{"good by the delta", good, true, ""},
		{"released by the delta", held, true, ""},
		{"revoked by the delta", stolen, true, "certificate revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"verify", "-attime", fmt.Sprint(now.Unix()), "-CAfile", certFile(t, root.cert), "-crl_check", "-CRLfile", fullFile}
			if tt.delta {
				args = append(args, "-extended_crl", "-use_deltas", "-CRLfile", deltaFile)
			}
			out, err := exec.Command("openssl", append(args, certFile(t, tt.cert))...).CombinedOutput()
			if (err == nil) != (tt.answer == "") || !strings.Contains(string(out), tt.answer) {
				t.Errorf("openssl says %v: %s\nwant %q", err, out, tt.answer)
			}
		})
	}
}

// Delta and complete list carry what RFC 5280 asks of each.
func TestCRLExtensions(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	full := list(3)
	full.FreshestURL = "http://127.0.0.1/delta.crl"
	delta := list(4)
	delta.Base = 3
	for _, tt := range []struct {
		list pki.CRL
		want string
	}{{full, "X509v3 Freshest CRL: \n                Full Name:\n                  URI:http://127.0.0.1/delta.crl"}, {delta, "X509v3 Delta CRL Indicator: critical\n                3"}} {
		text := openssl(t, "crl", "-noout", "-text", "-inform", "DER", "-in", file(t, "crl", root.crl(t, tt.list)))
		if !strings.Contains(text, tt.want) {
			t.Errorf("openssl does not say %q:\n%s", tt.want, text)
		}
	}
}

// The same facts make the same list, whatever their order.
func TestCRLEntriesAreSorted(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	parsed, err := pki.ParseCRL(root.crl(t, list(1, pki.CRLEntry{"0100", now, "superseded"}, pki.CRLEntry{"02", now, "superseded"})), root.cert)
	must(t, err)
	if parsed.Entries[0].SerialNumber != "02" || parsed.Entries[1].SerialNumber != "0100" {
		t.Errorf("the entries are %v", parsed.Entries)
	}
}

func TestCRLsThatAreRefused(t *testing.T) {
	t.Parallel()
	root, other := newRoot(t, "Test Root", specs[0]), newRoot(t, "Other Root", specs[0])
	mute := newRoot(t, "Mute Root", specs[0])
	mute.cert.KeyUsage = x509.KeyUsageCertSign
	leafKey := newKey(t, specs[0])
	for _, tt := range []struct {
		name string
		by   ca
		list pki.CRL
		code pki.Code
	}{
		{"no number", root, list(0), pki.Malformed},
		{"a base that follows", root, pki.CRL{Number: 1, Base: 2, ThisUpdate: now, NextUpdate: now.Add(time.Hour)}, pki.Malformed},
		{"a delta of a delta", root, pki.CRL{Number: 2, Base: 1, FreshestURL: "x", ThisUpdate: now, NextUpdate: now.Add(time.Hour)}, pki.Malformed},
		{"no life", root, pki.CRL{Number: 1, ThisUpdate: now, NextUpdate: now}, pki.InvalidValidity},
		{"no serial number", root, list(1, pki.CRLEntry{"xyz", now, "superseded"}), pki.Malformed},
		{"no reason", root, list(1, pki.CRLEntry{"01", now, "boredom"}), pki.Unsupported},
		{"a removal in a complete list", root, list(1, pki.CRLEntry{"01", now, "remove_from_crl"}), pki.Unsupported},
		{"another's key", ca{root.cert, other.key}, list(1), pki.KeyMismatch},
		{"a leaf", ca{root.leaf(t, "leaf", leafKey), leafKey}, list(1), pki.NotACA},
		{"a CA that may not", mute, list(1), pki.NoCRLSign},
		{"no key", ca{root.cert, nil}, list(1), pki.NoPrivateKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := pki.CreateCRL(tt.list, tt.by.cert, tt.by.key); pki.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

func TestListsThatAreNotRead(t *testing.T) {
	t.Parallel()
	root, other := newRoot(t, "Test Root", specs[0]), newRoot(t, "Other Root", specs[0])
	der := root.crl(t, list(1))
	for name, tt := range map[string]struct {
		der  []byte
		by   ca
		code pki.Code
	}{
		"garbage":           {[]byte("garbage"), root, pki.Malformed},
		"truncated":         {der[:len(der)-1], root, pki.Malformed},
		"another's":         {der, other, pki.Untrusted},
		"a broken sequence": {[]byte{asn1.TagSequence | 0x20, 0x84, 0xff, 0xff, 0xff, 0xff}, root, pki.Malformed},
	} {
		if _, err := pki.ParseCRL(tt.der, tt.by.cert); pki.CodeOf(err) != tt.code {
			t.Errorf("%s: got %v, want %s", name, err, tt.code)
		}
	}
}

// Roots of old have neither key usage nor key identifier: they sign lists all the same.
func TestAnOldRootSignsLists(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "root.pem")
	openssl(t, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=Old Root", "-config", file(t, "openssl.cnf", []byte("[req]\ndistinguished_name=dn\n[dn]\n")), "-addext", "basicConstraints=critical,CA:TRUE")
	certPEM, err := os.ReadFile(cert)
	must(t, err)
	keyPEM, err := os.ReadFile(key)
	must(t, err)
	parsed, err := pki.ParseCertificate(certPEM)
	must(t, err)
	signer, err := pki.ParsePrivateKey(keyPEM)
	must(t, err)
	root := ca{parsed, signer}
	path := file(t, "crl.pem", pki.EncodeCRLs(root.crl(t, list(1))))
	if out := runBoth(t, "crl", "-in", path, "-noout", "-verify", "-CAfile", cert); !strings.Contains(out, "verify OK") {
		t.Errorf("openssl says %s", out)
	}
}
