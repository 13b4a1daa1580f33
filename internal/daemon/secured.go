package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
)

// secured is the TLS the server speaks, nil for none.
func (d *Daemon) secured(ctx context.Context, b *backend.Backend) (*tls.Config, error) {
	c := d.config
	if c.InsecureHTTP {
		c.Log.WarnContext(ctx, "serving without TLS: access tokens cross this machine in the clear", "address", c.Listen)
		return nil, nil //nolint:nilnil // no TLS is what was asked for
	}
	d.identity = &identity{load: fromFiles(c), prove: func(context.Context, string) error { return nil }}
	if c.CertificateFile == "" {
		e := fromEstate(b, c)
		d.identity.load, d.identity.prove = e.current, e.prove
	}
	if err := d.identity.renew(ctx); err != nil {
		return nil, fmt.Errorf("finding the server's certificate: %w", err)
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Time: b.Now, GetCertificate: d.identity.certificate,
	}
	clients := &authorities{backend: b, log: c.Log, file: x509.NewCertPool(), agents: c.takesAgents()}
	if c.ClientCAFile != "" {
		var err error
		if clients.file, err = pool(c.ClientCAFile); err != nil {
			return nil, err
		}
	}
	clients.into(config)
	return config, nil
}

func pool(path string) (*x509.CertPool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities of client certificates: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("reading the authorities of client certificates: %s holds no certificate in PEM", path)
	}
	return authorities, nil
}
