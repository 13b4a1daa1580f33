package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

type serverCommand struct {
	Listen         string              `help:"Address to listen on." default:"127.0.0.1:8443" env:"CLM_LISTEN"`
	PublicListen   string              `help:"Address to answer relying parties on without TLS: revocation lists, OCSP and health alone. A list fetched through TLS would need a list." env:"CLM_PUBLIC_LISTEN"`
	PublicAddress  string              `help:"URL by which relying parties reach --public-listen (or --listen), such as http://pki.example.com: it is written into certificates from now on. Default: none, and none is." env:"CLM_PUBLIC_ADDRESS"`
	ServerName     []string            `help:"Name or address by which clients reach the server; may be repeated. Default: the host of --listen."`
	CAFile         string              `name:"ca-file" help:"File to write the CA certificate to that clients trust; default: server-ca.pem in the data folder." type:"path"`
	TLSCertificate string              `name:"tls-certificate" help:"File with a certificate and its chain, in place of one of the estate." type:"path"`
	TLSKey         string              `name:"tls-key" help:"File with the private key of --tls-certificate." type:"path"`
	ClientCA       string              `name:"client-ca" help:"File with the authorities whose client certificates are let in." type:"path"`
	ClientRole     map[string]clm.Role `name:"client-certificate-role" help:"Role of a client certificate, as NAME=ROLE: its first URI, or its common name. Others are viewers." placeholder:"NAME=ROLE"`
	AllowLocal     bool                `name:"allow-local-devices" help:"Let devices be folders of the server's own machine, or SSH servers at its loopback addresses: whoever is an operator may then write and run there what the server's user may."`
	InsecureHTTP   bool                `name:"insecure-http" help:"Serve without TLS, on a loopback address alone."`
	Background     time.Duration       `name:"background-interval" help:"How often the server looks for what is due: its own certificate, renewals, pushes, replacements, revocation lists; and at what is served, every fifteenth time." default:"1m" env:"CLM_BACKGROUND_INTERVAL"`
	Grace          time.Duration       `help:"How long a stop waits for what is under way." default:"15m"`
}

// Run serves until the process is told to stop.
func (c serverCommand) Run(s surroundings) (err error) {
	ctx, stop := signal.NotifyContext(s.ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(s.errors, nil))
	address, err := c.publicAddress()
	if err != nil {
		return err
	}
	b, err := backend.Open(ctx, backend.Config{
		DataDir: s.estate.DataDir, DatabaseURL: s.estate.DatabaseURL, KeyFile: s.estate.KeyFile, Passphrase: s.estate.Passphrase,
		Address: address, Elsewhere: !c.AllowLocal, Version: s.version, Log: log,
	})
	if err != nil {
		return err
	}
	defer closing(b, &err)
	return c.serve(ctx, b, s, log)
}

func (c serverCommand) serve(ctx context.Context, b *backend.Backend, s surroundings, log *slog.Logger) error {
	names, err := c.names()
	if err != nil {
		return err
	}
	if c.CAFile == "" && s.estate.DatabaseURL != "" && c.TLSCertificate == "" && !c.InsecureHTTP {
		return errors.New("an estate on PostgreSQL has no folder to write the server's CA certificate to: name a file with --ca-file")
	}
	if c.CAFile == "" {
		c.CAFile = filepath.Join(s.estate.DataDir, "server-ca.pem")
	}
	d, err := daemon.Listen(ctx, b, daemon.Config{
		Listen: c.Listen, PublicListen: c.PublicListen, Log: log, CertificateFile: c.TLSCertificate, KeyFile: c.TLSKey, Names: names, CAFile: c.CAFile,
		ClientCAFile: c.ClientCA, Roles: c.ClientRole, InsecureHTTP: c.InsecureHTTP, Grace: c.Grace, Background: c.Background, Recheck: c.Background, Version: s.version,
	})
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

// publicAddress is what is written into certificates. It is there for as long as they
// live, so that what nobody could follow is refused before the first.
func (c serverCommand) publicAddress() (string, error) {
	if c.PublicAddress == "" {
		return "", nil
	}
	address, err := url.Parse(c.PublicAddress)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || address.RawQuery+address.Fragment != "" || address.User != nil {
		return "", fmt.Errorf("--public-address %q is no URL that relying parties could follow: give one such as http://pki.example.com", c.PublicAddress)
	}
	return c.PublicAddress, nil
}

// names are those of the certificate the estate makes for the server. One that listens
// everywhere cannot know how it is called.
func (c serverCommand) names() ([]string, error) {
	host, _, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		return nil, err
	case len(c.ServerName) > 0:
		return c.ServerName, nil
	case host == "" || net.ParseIP(host).IsUnspecified():
		if c.TLSCertificate == "" {
			return nil, errors.New("the server listens on every address: name it for its certificate with --server-name")
		}
	}
	return []string{host}, nil
}
