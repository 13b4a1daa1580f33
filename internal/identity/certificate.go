package identity

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// The names of the files.
const (
	identityFile = "identity.pem"
	trustFile    = "server-ca.pem"
	pendingFile  = "pending.key"
)

// parse reads a key and its certificates, which have to belong together.
func parse(content []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}

// Certificate is what we show, nil before we have one.
func (c *Contact) Certificate() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.certified == nil {
		return nil
	}
	return c.certified.Leaf
}

// Shown is the same with its key and chain, for who serves too.
func (c *Contact) Shown() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.certified
}

// tidy removes a pending key that became the identity's: used once more, it would be the
// key of two certificates.
func (c *Contact) tidy() error {
	pending, err := c.pending()
	if err != nil || pending == nil || c.certified == nil || !pki.SameKey(pending.Public(), c.certified.Leaf.PublicKey) {
		return err
	}
	return c.options.Files.Remove(pendingFile)
}

// pending is the key that was being asked for when we died, nil for none.
func (c *Contact) pending() (crypto.Signer, error) {
	content, err := c.options.Files.Read(pendingFile)
	if err != nil || content == nil {
		return nil, err
	}
	key, err := pki.ParsePrivateKey(content)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w (it is damaged: remove it, and enrol with a new token if the server does not take this one any more)", c.options.Files.Path(pendingFile), err)
	}
	return key, nil
}

// nextKey is the pending key, or a new one that is pending from now on.
func (c *Contact) nextKey() (crypto.Signer, error) {
	key, err := c.pending()
	if err != nil || key != nil {
		return key, err
	}
	if key, err = pki.GenerateKey(pki.KeySpec{}); err != nil {
		return nil, err
	}
	content, err := pki.EncodePrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, c.options.Files.Replace(pendingFile, content)
}

// obtain gets a certificate for the next key and takes it for ours; the order is that of
// the package's comment.
func (c *Contact) obtain(ctx context.Context, ask func(ctx context.Context, request string) (api.AgentCertificate, error)) error {
	key, err := c.nextKey()
	if err != nil {
		return err
	}
	request, err := pki.CreateRequest(pki.Subject{CommonName: commonName(c.options.Inventory.Hostname)}, key)
	if err != nil {
		return err
	}
	answer, err := ask(ctx, string(request))
	if err != nil {
		return err
	}
	return c.become(key, answer)
}

// commonName is a host name as a certificate may have it (RFC 5280, upper bounds). The
// server gives the name that counts.
func commonName(hostname string) string {
	if hostname == "" {
		hostname = "unnamed"
	}
	return hostname[:min(len(hostname), 64)]
}

func (c *Contact) become(key crypto.Signer, answer api.AgentCertificate) error {
	private, err := pki.EncodePrivateKey(key)
	if err != nil {
		return err
	}
	content := append(private, answer.CertificatePEM...)
	certified, err := parse(content)
	if err != nil {
		return fmt.Errorf("taking the certificate that the server gave: %w", err)
	}
	if err := c.Trust(answer.ServerCAPEM); err != nil {
		return err
	}
	if err := c.options.Files.Replace(identityFile, content); err != nil {
		return err
	}
	c.mu.Lock()
	c.certified = certified
	c.mu.Unlock()
	if err := c.redirect(); err != nil {
		return err
	}
	return c.options.Files.Remove(pendingFile)
}
