package identity_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// A server may refuse a certificate in the handshake already: that is a refusal as well,
// in TLS 1.2 and in 1.3, where it arrives after the handshake.
func TestARefusalAsAnAlert(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		w := newWorld(t)
		must(t, w.contact().Enrol(t.Context()))
		strict := httptest.NewUnstartedServer(http.NotFoundHandler())
		strict.Config.ErrorLog = log.New(io.Discard, "", 0)
		strict.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: version, MaxVersion: version,
			VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return errors.New("revoked") }}
		strict.StartTLS()
		t.Cleanup(strict.Close)
		c := w.contact()
		must(t, c.Trust(string(pki.EncodeCertificates(strict.Certificate()))))
		c.Prefer(t.Context(), []string{strict.URL})
		err := c.Ask(t.Context(), func(ctx context.Context, server *client.Client) error {
			_, err := server.CheckIn(ctx, api.CheckIn{})
			return err
		})
		if !identity.Refused(err) {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestWhatIsARefusal(t *testing.T) {
	t.Parallel()
	for code, want := range map[api.Code][2]bool{ // refused, final
		api.CodeDenied: {true, true}, api.CodeInvalid: {false, true}, api.CodeNotFound: {false, true}, api.CodeRefused: {false, true},
		api.CodeUnavailable: {false, false}, api.CodeInternal: {false, false}, api.CodeFailed: {false, false},
	} {
		err := api.NewProblem(code, "", "no", "")
		if got := [2]bool{identity.Refused(err), identity.Final(err)}; got != want {
			t.Errorf("%s: refused and final are %v, want %v", code, got, want)
		}
	}
}
