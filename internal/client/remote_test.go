package client_test

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// What is wrong with the settings for a server is told at the setting, without its value.
func TestRemoteRefuses(t *testing.T) {
	t.Parallel()
	const endpoint, token = "https://clm.example.com:8443", "clm_secret"
	nowhere := filepath.Join(t.TempDir(), "none")
	text := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for name, tt := range map[string]struct {
		remote client.Remote
		field  string
	}{
		"nobody asks":         {client.Remote{Endpoint: endpoint}, "token"},
		"a line end":          {client.Remote{Endpoint: endpoint, Token: token + "\n"}, "token"},
		"no scheme":           {client.Remote{Endpoint: "clm.example.com:8443", Token: token}, "endpoint"},
		"no TLS":              {client.Remote{Endpoint: "http://clm.example.com:8443", Token: token}, "endpoint"},
		"no TLS, not really":  {client.Remote{Endpoint: "http://localhost.example.com", Token: token}, "endpoint"},
		"a password":          {client.Remote{Endpoint: "https://me:secret@clm.example.com", Token: token}, "endpoint"},
		"a query":             {client.Remote{Endpoint: endpoint + "?x=y", Token: token}, "endpoint"},
		"two authorities":     {client.Remote{Endpoint: endpoint, Token: token, CAFile: nowhere, CAPEM: "x"}, "ca_file"},
		"no such authority":   {client.Remote{Endpoint: endpoint, Token: token, CAFile: nowhere}, "ca_file"},
		"no authority in it":  {client.Remote{Endpoint: endpoint, Token: token, CAFile: text}, "ca_file"},
		"no authority":        {client.Remote{Endpoint: endpoint, Token: token, CAPEM: "x"}, "ca_pem"},
		"half a certificate":  {client.Remote{Endpoint: endpoint, ClientKeyFile: nowhere}, "client_certificate_file"},
		"no such certificate": {client.Remote{Endpoint: endpoint, ClientCertificateFile: nowhere, ClientKeyFile: nowhere}, "client_certificate_file"},
	} {
		_, err := tt.remote.Transport()
		var p *api.Problem
		if !errors.As(err, &p) || p.Field != tt.field || p.Hint == "" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want one about %s", name, err, tt.field)
		}
	}
}

// pemOf writes a certificate as text.
func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// reached asks a server who one is.
func reached(t *testing.T, r client.Remote) (api.Principal, error) {
	t.Helper()
	way, err := r.Transport()
	must(t, err)
	return client.New(client.Options{Endpoint: r.Endpoint, Transport: way}).Principal(t.Context())
}

// The token goes to the endpoint, and to no other place that the endpoint names.
func TestTheTokenStaysWithTheEndpoint(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the client follows to %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer clm_x" {
			t.Errorf("the server is shown %q", got)
		}
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	_, err := reached(t, client.Remote{Endpoint: server.URL, Token: "clm_x"})
	if err == nil || !strings.Contains(err.Error(), "the backend answered 307 Temporary Redirect (check the endpoint") {
		t.Errorf("error %v", err)
	}
}

// Why there is no answer is told, with what to do.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	trusted := string(pemOf(server.Certificate().Raw))
	for want, r := range map[string]client.Remote{
		"shows a certificate that is not trusted here: x509": {Endpoint: server.URL, Token: "clm_x"},
		"(set ca_file (CLM_CA_FILE)":                         {Endpoint: server.URL, Token: "clm_x"},
		"shows a certificate for another name":               {Endpoint: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), Token: "clm_x", CAPEM: trusted},
		"does not answer: dial tcp":                          {Endpoint: gone.URL, Token: "clm_x"},
		"the backend answered 404":                           {Endpoint: server.URL, Token: "clm_x", CAPEM: trusted},
	} {
		_, err := reached(t, r)
		if !api.Is(err, api.CodeUnavailable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "clm_x") {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
