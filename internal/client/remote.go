package client

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Remote says where a server is, whom to trust, and who asks. Its fields are named after
// the provider's settings.
type Remote struct {
	Endpoint              string
	Token                 string
	CAFile, CAPEM         string // "": what the operating system trusts
	ClientCertificateFile string
	ClientKeyFile         string
}

// Check says what is wrong with it: a problem that names the setting.
func (r Remote) Check() error {
	switch {
	case r.CAFile != "" && r.CAPEM != "":
		return unusable("ca_file", "both ca_file and ca_pem are given", "give one of them")
	case (r.ClientCertificateFile == "") != (r.ClientKeyFile == ""):
		return unusable("client_certificate_file", "client_certificate_file and client_key_file belong together", "give both or neither")
	case r.Token == "" && r.ClientCertificateFile == "":
		return unusable("token", "nothing tells the server who asks",
			"set token (CLM_TOKEN) to what terraform-provider-clm token create printed, or client_certificate_file and client_key_file")
	case strings.ContainsFunc(r.Token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return unusable("token", "the access token holds characters that none has", "give it as terraform-provider-clm token create printed it, without blanks and line ends")
	}
	return r.checkEndpoint()
}

// checkEndpoint takes HTTP to this machine alone: elsewhere the token would be everybody's.
func (r Remote) checkEndpoint() error {
	u, err := url.Parse(r.Endpoint)
	const hint = "give the server's address, such as https://clm.example.com:8443"
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return unusable("endpoint", "the endpoint is not the address of a server", hint)
	case u.User != nil:
		return unusable("endpoint", "the endpoint holds a user or password", "set token (CLM_TOKEN) instead")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return unusable("endpoint", "the endpoint does not begin with https://", hint)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func unusable(field, detail, hint string) error {
	return api.NewProblem(api.CodeInvalid, field, detail, hint)
}

// Transport is the way to the server. What the server shows is always verified.
func (r Remote) Transport() (http.RoundTripper, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := r.trust(config); err != nil {
		return nil, err
	}
	if r.ClientCertificateFile != "" {
		pair, err := tls.LoadX509KeyPair(r.ClientCertificateFile, r.ClientKeyFile)
		if err != nil {
			return nil, unusable("client_certificate_file", "the client certificate and its key cannot be read: "+err.Error(), "name a certificate in PEM and the key that belongs to it")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's own
	t.TLSClientConfig, t.MaxIdleConnsPerHost = config, 16
	return bearer{r.Token, t}, nil
}

func (r Remote) trust(config *tls.Config) error {
	field, text := "ca_pem", r.CAPEM
	if r.CAFile != "" {
		content, err := os.ReadFile(r.CAFile)
		if err != nil {
			return unusable("ca_file", "the server's CA certificate cannot be read: "+err.Error(), "a server writes it to server-ca.pem in its data folder: copy it from there")
		}
		field, text = "ca_file", string(content)
	}
	if text == "" {
		return nil
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM([]byte(text)) {
		return unusable(field, field+" holds no certificate in PEM", "a server writes its CA certificate to server-ca.pem in its data folder: give that")
	}
	return nil
}

// bearer shows the token with each request. No redirection is followed, so it goes to the
// endpoint alone.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token == "" {
		return b.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}
