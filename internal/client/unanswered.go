package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// unanswered tells why there is no answer, and what to do about it.
func (c *Client) unanswered(ctx context.Context, err error) error {
	var hostname x509.HostnameError
	var untrusted *tls.CertificateVerificationError
	var refused *net.OpError
	switch {
	case ctx.Err() != nil: // nobody waited long enough
	case errors.As(err, &hostname):
		return c.silent("shows a certificate for another name: "+hostname.Error(),
			"give endpoint (CLM_ENDPOINT) a name of that certificate, or start the server with the name as --server-name", err)
	case errors.As(err, &untrusted):
		return c.silent("shows a certificate that is not trusted here: "+untrusted.Err.Error(),
			"set ca_file (CLM_CA_FILE) to the server's CA certificate: it writes that to server-ca.pem in its data folder", err)
	case errors.As(err, &refused):
		return c.silent("does not answer: "+refused.Error(), "see that it runs, and that endpoint (CLM_ENDPOINT) is its address", err)
	}
	return fmt.Errorf("asking the backend at %s: %w", c.base, err)
}

func (c *Client) silent(what, hint string, cause error) error {
	return &unanswered{api.NewProblem(api.CodeUnavailable, "", "the server at "+c.base+" "+what, hint), cause}
}

// unanswered is a problem that nobody sent. Its cause stays with it: an agent does
// different things about a server that is away and one that is not to be trusted.
type unanswered struct {
	*api.Problem
	cause error
}

func (u *unanswered) Unwrap() []error { return []error{u.Problem, u.cause} }
