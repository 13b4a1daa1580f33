package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strings"
	"unicode"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

// self is who asks for what servers need of their estate.
var self = clm.Principal{Name: "server:" + clm.ServerRoot, Role: clm.RoleAdministrator}

// nameOf is the name of the certificate of a server: servers that are called differently
// would take each other's away.
func nameOf(server string) string {
	return strings.Trim(clm.ServerRoot+" "+strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-", r)) {
			return r
		}
		return '-'
	}, server[:min(len(server), 100)]), ".- ")
}

// estateIdentity is a certificate of the estate itself.
type estateIdentity struct {
	*client.Client
	config Config
	last   *tls.Certificate
	print  string // fingerprint of last

	replacing bool // its root is
	witness   *witness
}

// fromEstate enrols the certificate, renews it when it is time, and tells clients whom
// to trust.
func fromEstate(b *backend.Backend, c Config) *estateIdentity {
	return &estateIdentity{config: c, witness: &witness{backend: b, name: nameOf(c.Names[0])}, Client: client.New(client.Options{
		Endpoint: "http://embedded", Transport: b.Transport(self), UserAgent: "terraform-provider-clm/" + c.Version, Scope: clm.ServerRoot,
	})}
}

// prove states what is served, for the root's replacement to go by.
func (e *estateIdentity) prove(ctx context.Context, address string) error {
	e.witness.address = address
	return e.witness.look(ctx, e.print, e.replacing)
}

func (e *estateIdentity) current(ctx context.Context) (*tls.Certificate, error) {
	root, err := e.root(ctx)
	if err != nil {
		return nil, err
	}
	e.replacing = root.State != "active"
	certificate, err := e.enrolled(ctx, root.ID)
	if err != nil {
		return nil, err
	}
	if err := e.tellClients(ctx); err != nil || certificate.FingerprintSHA256 == e.print {
		return e.last, err
	}
	return e.take(ctx, certificate)
}

// take opens the key of what is to be served from now on.
func (e *estateIdentity) take(ctx context.Context, certificate api.Certificate) (*tls.Certificate, error) {
	key, err := e.ExportPrivateKey(ctx, certificate.ID)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(certificate.CertificatePEM+certificate.CertificateChainPEM), []byte(key.PrivateKeyPEM))
	if err != nil {
		return nil, fmt.Errorf("taking certificate %q: %w", certificate.Spec.Name, err)
	}
	e.last, e.print = &pair, certificate.FingerprintSHA256
	return e.last, nil
}

func (e *estateIdentity) root(ctx context.Context) (api.RootCertificate, error) {
	root, err := e.RootCertificate(ctx, clm.ServerRoot)
	if !api.Is(err, api.CodeNotFound) {
		return root, err
	}
	root, err = e.CreateRootCertificate(ctx, api.WriteRootCertificate{
		Name: clm.ServerRoot, DeletionProtection: true, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "CLM server"}, ValidityPeriodHours: 10 * 365 * 24,
		}},
	})
	if api.Is(err, api.CodeExists) { // another server of the estate was first
		return e.RootCertificate(ctx, clm.ServerRoot)
	}
	return root, err
}

// enrolled is the certificate as it should be: with the names asked for, and not due.
func (e *estateIdentity) enrolled(ctx context.Context, rootID string) (api.Certificate, error) {
	wanted := e.spec(rootID)
	known, err := e.Certificate(ctx, wanted.Name)
	if api.Is(err, api.CodeNotFound) {
		made, err := e.CreateCertificate(ctx, wanted)
		if api.Is(err, api.CodeExists) {
			return e.Certificate(ctx, wanted.Name)
		}
		return made.Certificate, err
	}
	if err != nil {
		return known, err
	}
	due, err := e.PreviewCertificate(ctx, api.PreviewCertificate{ID: known.ID, Spec: wanted})
	if err != nil || due.Operation == "none" {
		return known, err
	}
	changed, err := e.UpdateCertificate(ctx, known.ID, wanted)
	return changed.Certificate, err
}

func (e *estateIdentity) spec(rootID string) api.CertificateSpec {
	spec := api.CertificateSpec{
		Name: e.witness.name, IssuerID: rootID, Subject: api.Subject{CommonName: e.config.Names[0]}, ExtKeyUsages: []string{"server_auth"},
		ValidityPeriodHours: 90 * 24, EarlyRenewalHours: 30 * 24,
	}
	for _, name := range e.config.Names {
		if net.ParseIP(name) != nil {
			spec.IPAddresses = append(spec.IPAddresses, name)
		} else {
			spec.DNSNames = append(spec.DNSNames, name)
		}
	}
	return spec
}

// tellClients writes whom to trust: while the root is being replaced both, whichever signs,
// because this server and others may still serve what the old one has signed.
func (e *estateIdentity) tellClients(ctx context.Context) error {
	trusted, err := e.witness.backend.Trusted(ctx, clm.ServerRoot)
	if err != nil {
		return err
	}
	text := string(trusted.PEM())
	if before, err := os.ReadFile(e.config.CAFile); err == nil && string(before) == text {
		return nil
	}
	if err := durable.Replace(e.config.CAFile, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", e.config.CAFile, err)
	}
	return nil
}
