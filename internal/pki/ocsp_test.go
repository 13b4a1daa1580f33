package pki_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// askedBy is a request as OpenSSL writes it.
func askedBy(t testing.TB, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "request.der")
	openssl(t, append([]string{"ocsp", "-reqout", path}, args...)...)
	der, err := os.ReadFile(path)
	must(t, err)
	return der
}

func responder(t testing.TB, root ca) ca {
	t.Helper()
	key, err := pki.GenerateResponderKey()
	must(t, err)
	cert, err := pki.CreateOCSPResponder(root.cert, root.key, key.Public(), now.Add(-time.Minute), now.Add(year))
	must(t, err)
	return ca{cert, key}
}

func (c ca) answers(t testing.TB, request pki.OCSPRequest, statuses ...pki.OCSPStatus) []byte {
	t.Helper()
	response := pki.OCSPResponse{ThisUpdate: now, NextUpdate: now.Add(100 * year), Nonce: request.Nonce}
	for i, id := range request.Certificates {
		response.Answers = append(response.Answers, pki.OCSPAnswer{CertID: id, Status: statuses[i], RevokedAt: now.Add(-time.Hour), Reason: "key_compromise"})
	}
	der, err := pki.CreateOCSPResponse(response, c.cert, c.key)
	must(t, err)
	return der
}

// Every kind of CA delegates; OpenSSL asks about several certificates with a nonce, and verifies the answer.
func TestOpenSSLVerifiesTheResponse(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		for _, hash := range []string{"-sha1", "-sha256"} {
			t.Run(specName(spec)+hash, func(t *testing.T) {
				t.Parallel()
				root := newRoot(t, "Test Root", spec)
				good, gone := certFile(t, root.leaf(t, "good", newKey(t, specs[0]))), certFile(t, root.leaf(t, "gone", newKey(t, specs[0])))
				rootFile := certFile(t, root.cert)
				about := []string{hash, "-issuer", rootFile, "-cert", good, hash, "-cert", gone, hash, "-serial", "0x77"}
				der := askedBy(t, append(about, "-nonce")...)
				request, err := pki.ParseOCSPRequest(der)
				must(t, err)
				if len(request.Nonce) < 16 || !request.Certificates[0].IsIssuedBy(root.cert) {
					t.Fatalf("the request reads %+v", request)
				}
				answer := responder(t, root).answers(t, request, pki.OCSPGood, pki.OCSPRevoked, pki.OCSPUnknown)
				text := runBoth(t, append([]string{"ocsp", "-respin", file(t, "answer", answer), "-CAfile", rootFile, "-no_nonce", "-attime", fmt.Sprint(now.Unix()), "-validity_period", "1000000000"}, about...)...)
				if !bytes.Contains(answer, request.Nonce) {
					t.Error("the nonce is not in the response")
				}
				for _, want := range []string{"Response verify OK", good + ": good", gone + ": revoked", "Reason: keyCompromise", "0x77: unknown"} {
					if !strings.Contains(text, want) {
						t.Errorf("openssl does not say %q:\n%s", want, text)
					}
				}
				if strings.Contains(text, "WARNING") {
					t.Errorf("openssl warns:\n%s", text)
				}
			})
		}
	}
}

// A second witness reads the response and follows the delegation.
func TestGoVerifiesTheResponse(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	leaf := root.leaf(t, "gone", newKey(t, specs[0]))
	der, err := ocsp.CreateRequest(leaf, root.cert, &ocsp.RequestOptions{Hash: crypto.SHA256})
	must(t, err)
	request, err := pki.ParseOCSPRequest(der)
	must(t, err)
	response, err := ocsp.ParseResponseForCert(responder(t, root).answers(t, request, pki.OCSPRevoked), leaf, root.cert)
	must(t, err)
	if response.Status != ocsp.Revoked || response.RevocationReason != ocsp.KeyCompromise || !response.RevokedAt.Equal(now.Add(-time.Hour)) || !response.ThisUpdate.Equal(now) {
		t.Errorf("the response reads %+v", response)
	}
}

// The responder's certificate is what RFC 6960 asks for, and passes the lints of RFC 5280.
func TestTheResponderIsDelegated(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	delegated := responder(t, root)
	lints(t, delegated.cert)
	if !slices.Equal(delegated.cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}) {
		t.Errorf("the usages are %v", delegated.cert.ExtKeyUsage)
	}
	if text := openssl(t, "x509", "-noout", "-text", "-in", certFile(t, delegated.cert)); !strings.Contains(text, "OCSP No Check") {
		t.Errorf("openssl sees no id-pkix-ocsp-nocheck:\n%s", text)
	}
	if _, err := pki.CreateOCSPResponder(root.cert, root.key, delegated.key.Public(), now, now.Add(11*year)); pki.CodeOf(err) != pki.InvalidValidity {
		t.Errorf("a responder that outlives its CA: %v", err)
	}
	if _, err := pki.CreateOCSPResponse(pki.OCSPResponse{}, delegated.cert, root.key); pki.CodeOf(err) != pki.KeyMismatch {
		t.Errorf("another's key: %v", err)
	}
}

// A signed request, which names its requestor, is read like any other.
func TestASignedRequest(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Test Root", specs[0])
	key := newKey(t, specs[0])
	signer := root.leaf(t, "signer", key)
	request, err := pki.ParseOCSPRequest(askedBy(t, "-issuer", certFile(t, root.cert), "-cert", certFile(t, signer), "-signer", certFile(t, signer), "-signkey", keyFile(t, key)))
	must(t, err)
	if len(request.Certificates) != 1 || request.Certificates[0].SerialNumber != pki.SerialNumber(signer) {
		t.Errorf("the request reads %+v", request)
	}
}

// asked writes a request by hand.
func asked(t testing.TB, extensions []pkix.Extension, serials ...int64) []byte {
	t.Helper()
	type single struct {
		ID struct {
			Algorithm    pkix.AlgorithmIdentifier
			Name, Key    []byte
			SerialNumber *big.Int
		}
	}
	var request struct {
		TBS struct {
			List       []single
			Extensions []pkix.Extension `asn1:"explicit,tag:2,optional,omitempty"`
		}
	}
	for _, serial := range serials {
		var one single
		one.ID.Algorithm.Algorithm, one.ID.SerialNumber = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, big.NewInt(serial)
		request.TBS.List = append(request.TBS.List, one)
	}
	request.TBS.Extensions = extensions
	der, err := asn1.Marshal(request)
	must(t, err)
	return der
}

func nonce(t testing.TB, length int) []pkix.Extension {
	t.Helper()
	value, err := asn1.Marshal(make([]byte, length))
	must(t, err)
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}, Value: value}}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	whole := asked(t, nonce(t, 32), 1)
	bare := nonce(t, 1)
	bare[0].Value = []byte("no octet string")
	strange := []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: asn1.NullBytes}}
	for name, der := range map[string][]byte{
		"nothing":            nil,
		"garbage":            []byte("garbage"),
		"truncated":          whole[:len(whole)-1],
		"more than it":       append(slices.Clone(whole), 0),
		"about nothing":      asked(t, nil),
		"about too much":     asked(t, nil, make([]int64, 101)...),
		"no nonce in it":     asked(t, nonce(t, 0), 1),
		"a long nonce":       asked(t, nonce(t, 129), 1),
		"a bare nonce":       asked(t, bare, 1),
		"something critical": asked(t, strange, 1),
	} {
		if _, err := pki.ParseOCSPRequest(der); pki.CodeOf(err) != pki.Malformed {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, fine := range [][]byte{whole, asked(t, nonce(t, 1), 1), asked(t, nonce(t, 128), 1), asked(t, nil, make([]int64, 100)...)} {
		_, err := pki.ParseOCSPRequest(fine)
		must(t, err)
	}
}

// A number that no certificate has is not mistaken for one that does.
func TestANegativeSerialNumberIsNobodys(t *testing.T) {
	t.Parallel()
	request, err := pki.ParseOCSPRequest(asked(t, nil, -5, 5))
	must(t, err)
	if request.Certificates[0].SerialNumber != "" || request.Certificates[1].SerialNumber != "05" {
		t.Errorf("the serial numbers are %+v", request.Certificates)
	}
}

func FuzzParseOCSPRequest(f *testing.F) {
	f.Add(asked(f, nonce(f, 32), 1, -1))
	f.Add([]byte("garbage"))
	f.Fuzz(func(t *testing.T, der []byte) {
		request, err := pki.ParseOCSPRequest(der)
		if (err == nil) != (len(request.Certificates) > 0) {
			t.Errorf("%v: %+v", err, request)
		}
	})
}
