// Package issuer is who signs: the built-in certificate authority on a root
// whose private key is held here.
//
// It knows no store, no schedule and no Terraform; keys are lent to it for one
// signature and it keeps nothing.
package issuer

import (
	"context"
	"crypto"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// BuiltIn signs with the key of a root certificate, in this process.
type BuiltIn struct{}

// Issue signs one leaf certificate under ca (RFC 5280 profile of package pki).
func (BuiltIn) Issue(ctx context.Context, req pki.LeafRequest, ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return pki.CreateLeaf(req, ca, key)
}
