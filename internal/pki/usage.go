package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
)

// keyUsages in the order of the bits in RFC 5280, section 4.2.1.3.
var keyUsages = []struct {
	bit  x509.KeyUsage
	name string
}{
	{x509.KeyUsageDigitalSignature, "digital_signature"},
	{x509.KeyUsageContentCommitment, "content_commitment"},
	{x509.KeyUsageKeyEncipherment, "key_encipherment"},
	{x509.KeyUsageDataEncipherment, "data_encipherment"},
	{x509.KeyUsageKeyAgreement, "key_agreement"},
	{x509.KeyUsageCertSign, "cert_sign"},
	{x509.KeyUsageCRLSign, "crl_sign"},
	{x509.KeyUsageEncipherOnly, "encipher_only"},
	{x509.KeyUsageDecipherOnly, "decipher_only"},
}

// extKeyUsages in the order RFC 5280, section 4.2.1.12, lists them; the vendors' own follow.
var extKeyUsages = []struct {
	usage x509.ExtKeyUsage
	name  string
}{
	{x509.ExtKeyUsageAny, "any_extended"},
	{x509.ExtKeyUsageServerAuth, "server_auth"},
	{x509.ExtKeyUsageClientAuth, "client_auth"},
	{x509.ExtKeyUsageCodeSigning, "code_signing"},
	{x509.ExtKeyUsageEmailProtection, "email_protection"},
	{x509.ExtKeyUsageTimeStamping, "time_stamping"},
	{x509.ExtKeyUsageOCSPSigning, "ocsp_signing"},
	{x509.ExtKeyUsageIPSECEndSystem, "ipsec_end_system"},
	{x509.ExtKeyUsageIPSECTunnel, "ipsec_tunnel"},
	{x509.ExtKeyUsageIPSECUser, "ipsec_user"},
	{x509.ExtKeyUsageMicrosoftServerGatedCrypto, "microsoft_server_gated_crypto"},
	{x509.ExtKeyUsageNetscapeServerGatedCrypto, "netscape_server_gated_crypto"},
	{x509.ExtKeyUsageMicrosoftCommercialCodeSigning, "microsoft_commercial_code_signing"},
	{x509.ExtKeyUsageMicrosoftKernelCodeSigning, "microsoft_kernel_code_signing"},
}

// grantable are the extended key usages a leaf may ask for. OCSP signing is the CA's own to hand out, any_extended would
// undo every restriction, and time stamping must be critical and alone (RFC 3161, section 2.3), which is another profile.
var grantable = []string{"server_auth", "client_auth", "code_signing", "email_protection", "ipsec_end_system", "ipsec_tunnel", "ipsec_user"}

func keyUsageNames(usage x509.KeyUsage) []string {
	var out []string
	for _, u := range keyUsages {
		if usage&u.bit != 0 {
			out = append(out, u.name)
		}
	}
	return out
}

// extKeyUsageNames returns names, and dotted object identifiers where there is no name.
func extKeyUsageNames(usages []x509.ExtKeyUsage, unknown []asn1.ObjectIdentifier) []string {
	var out []string
	for _, usage := range usages {
		for _, u := range extKeyUsages {
			if u.usage == usage {
				out = append(out, u.name)
			}
		}
	}
	for _, oid := range unknown {
		out = append(out, oid.String())
	}
	return out
}

func checkExtKeyUsages(names []string) error {
	for i, name := range names {
		if !slices.Contains(grantable, name) {
			return refuse(Unsupported, "ext_key_usages", "use "+strings.Join(grantable, ", "), "%q is not an extended key usage for a leaf", name)
		}
		if slices.Contains(names[:i], name) {
			return refuse(Unsupported, "ext_key_usages", "remove one", "%q is given twice", name)
		}
	}
	return nil
}

func parseExtKeyUsages(names []string) []x509.ExtKeyUsage {
	var out []x509.ExtKeyUsage
	for _, name := range names {
		for _, u := range extKeyUsages {
			if u.name == name {
				out = append(out, u.usage)
			}
		}
	}
	return out
}
