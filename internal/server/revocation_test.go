package server_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// A hold and its release, and what the list says meanwhile.
func TestHoldAndRelease(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	w := populated(t, estate)
	held, err := estate.RevokeCertificate(t.Context(), "shop", "certificate_hold")
	must(t, err)
	if held.Status != "on_hold" || held.RevokedReason != "certificate_hold" || held.Due.Operation != "none" {
		t.Errorf("on hold it is %s for %s, and %s is due", held.Status, held.RevokedReason, held.Due.Operation)
	}
	list, err := estate.RevocationList(t.Context(), "lab")
	must(t, err)
	if len(list.Revoked) != 1 || list.Revoked[0].SerialNumber != w.certificate.SerialNumber || list.Revoked[0].Reason != "certificate_hold" || list.Number != estate.Clock.Now().Unix() || list.IssuerID != w.root.ID {
		t.Errorf("the list is %+v", list)
	}
	released, err := estate.ReleaseCertificate(t.Context(), w.certificate.ID)
	must(t, err)
	list, err = estate.RevocationList(t.Context(), w.root.ID)
	must(t, err)
	if released.Status != "issued" || len(list.Revoked) != 0 || list.Number != estate.Clock.Now().Unix()+1 || !strings.Contains(list.DeltaCRLPEM, "X509 CRL") {
		t.Errorf("released it is %s, and the list is %+v", released.Status, list)
	}
}

// raw asks for a list in one of its own formats.
func raw(t *testing.T, estate *clmtest.Estate, ref, accept string) (*http.Response, string) {
	t.Helper()
	return answered(t, accepting{estate.Transport("test:alice"), accept}, http.MethodGet, api.RevocationLists+"/"+ref, "")
}

type accepting struct {
	http.RoundTripper

	kinds string
}

func (a accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept", a.kinds)
	return a.RoundTripper.RoundTrip(r)
}

// Whoever accepts a list gets one, in DER or PEM; whoever accepts anything gets JSON.
func TestListsAreServedAsAccepted(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	populated(t, estate)
	resp, der := raw(t, estate, "lab", "application/pkix-crl")
	if _, err := x509.ParseRevocationList([]byte(der)); err != nil || resp.Header.Get("Content-Type") != "application/pkix-crl" {
		t.Errorf("DER comes as %s: %v", resp.Header.Get("Content-Type"), err)
	}
	resp, text := raw(t, estate, "lab", "text/html, application/x-pem-file;q=0.9")
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "X509 CRL" || string(block.Bytes) != der || resp.Header.Get("Content-Type") != "application/x-pem-file" {
		t.Errorf("PEM comes as %s: %s", resp.Header.Get("Content-Type"), text)
	}
	for _, accept := range []string{"", "*/*", "application/json"} {
		if resp, text := raw(t, estate, "lab", accept); resp.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(text, "{") {
			t.Errorf("accepting %q it comes as %s: %s", accept, resp.Header.Get("Content-Type"), text)
		}
	}
	if resp, text := raw(t, estate, "nobody", "application/pkix-crl"); resp.StatusCode != http.StatusNotFound || !strings.Contains(text, `there is no root certificate \"nobody\"`) {
		t.Errorf("of no root: %s, %s", resp.Status, text)
	}
}
