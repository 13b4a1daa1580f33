package identity

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Refused tells whether a server does not take us for who we say we are: our certificate
// is revoked, expired or unknown. It says so in an answer, or as an alert of TLS (RFC
// 8446, 6.2).
func Refused(err error) bool {
	var e *net.OpError
	alert := errors.As(err, &e) && e.Op == "remote error"
	return api.Is(err, api.CodeDenied) ||
		alert && (strings.Contains(e.Err.Error(), "certificate") || strings.Contains(e.Err.Error(), "access denied"))
}

// Distrusted tells whether something that could be the server could not prove it to us.
func Distrusted(err error) bool {
	var e *tls.CertificateVerificationError
	return errors.As(err, &e)
}

// Final tells whether a server said no for good: to ask the same again is no use.
func Final(err error) bool {
	var p *api.Problem
	final := []api.Code{api.CodeInvalid, api.CodeNotFound, api.CodeExists, api.CodeConflict, api.CodeRefused, api.CodeDenied}
	return errors.As(err, &p) && slices.Contains(final, p.Code)
}
