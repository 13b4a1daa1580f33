package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// way is a way to the server with one certificate, or none, and one trust. What the
// server shows is always verified.
type way struct{ *http.Transport }

// newWay trusts what the operating system does when trusted is "".
func newWay(certificate *tls.Certificate, trusted string) (*way, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if trusted != "" {
		roots, err := poolOf(trusted)
		if err != nil {
			return nil, err
		}
		config.RootCAs = roots
	}
	if certificate != nil { // shown whatever authorities the server names: those may be changing
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return &way{&http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig: config, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second,
	}}, nil
}

func poolOf(text string) (*x509.CertPool, error) {
	certificates, err := pki.ParseCertificates([]byte(text))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool, nil
}

func (c *Contact) current() *way {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.way
}

// redirect has new connections show the present certificate and verify by the present
// trust. What is under way on old ones ends there.
func (c *Contact) redirect() error {
	c.mu.Lock()
	certificate, trusted, before := c.certified, c.trusted, c.way
	c.mu.Unlock()
	if trusted == "" {
		var err error
		if trusted, err = c.firstTrust(); err != nil {
			return err
		}
	}
	next, err := newWay(certificate, trusted)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.way = next
	c.mu.Unlock()
	if before != nil {
		before.CloseIdleConnections()
	}
	return nil
}

// firstTrust is whom to trust at the first contact; a person who names somebody knows
// better than what is kept from before.
func (c *Contact) firstTrust() (string, error) {
	if c.options.CAFile == "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.trusted, nil
	}
	content, err := os.ReadFile(c.options.CAFile)
	if err == nil {
		_, err = poolOf(string(content))
	}
	if err != nil {
		return "", fmt.Errorf("reading the server's CA certificate from --ca-file %s: %w (a server writes it to server-ca.pem in its data folder: copy it from there)", c.options.CAFile, err)
	}
	return string(content), nil
}

// Trust changes whom we trust to be the server: on the disk first, then for new
// connections. "" changes nothing.
func (c *Contact) Trust(text string) error {
	c.mu.Lock()
	before := c.trusted
	c.mu.Unlock()
	if text == "" || pki.SamePEM(text, before) {
		return nil
	}
	if _, err := poolOf(text); err != nil {
		return fmt.Errorf("taking in whom to trust to be the server: %w", err)
	}
	if err := c.options.Files.Replace(trustFile, []byte(text)); err != nil {
		return err
	}
	c.mu.Lock()
	c.trusted = text
	c.mu.Unlock()
	return c.redirect()
}

// checkAddress refuses what is no address of a server with TLS.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the address of a server begins with https:// and holds no user and no query: give one such as https://clm.example.com:8443 with --server")
	}
	return nil
}
