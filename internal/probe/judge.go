package probe

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Expected is what should be served.
type Expected struct {
	FingerprintSHA256 string // of the server's certificate; lower-case hex
	// Chain is the CA certificates, DER, that a server has to send behind its own.
	// The certificate itself and self-signed roots may be in it, and need not be
	// sent: a client has the root, or does not trust it.
	Chain [][]byte
}

// Verdict is a look, compared with what should be served.
type Verdict struct {
	Address string
	// Status is in_sync where what is expected is served, out_of_sync where it is
	// not, and not_observed where nobody looked.
	Status clm.SyncStatus
	// Reason says why a server is out of sync. It is "" where another certificate is
	// served: whose that is, the engine knows.
	Reason            clm.SyncReason
	FingerprintSHA256 string // of the certificate served; "" when none was seen
	Detail            string
}

// Judge gives a verdict on each look, in their order. It is a pure function.
func Judge(expected Expected, result Result) []Verdict {
	verdicts := make([]Verdict, len(result.Looks))
	for i, look := range result.Looks {
		verdicts[i] = judge(expected, look)
	}
	return verdicts
}

func judge(expected Expected, look Look) Verdict {
	if look.Served == nil {
		return unseen(look)
	}
	v := Verdict{Address: look.Address, Status: clm.OutOfSync, FingerprintSHA256: look.Served.FingerprintSHA256}
	lacking := expected.lacking(look.Served.Chain)
	switch {
	case v.FingerprintSHA256 != expected.FingerprintSHA256:
		v.Detail = "another certificate is served"
	case !look.Served.KeyProven:
		v.Reason, v.Detail = clm.ReasonConnectionFailed, "the server shows the certificate, and did not prove that it has its key"
	case len(lacking) > 0:
		v.Reason, v.Detail = clm.ReasonIncompleteChain, lackingText(lacking)
	default:
		v.Status = clm.InSync
	}
	return v
}

// unseen judges a look that saw nothing.
func unseen(look Look) Verdict {
	v := Verdict{Address: look.Address, Status: clm.SyncNotObserved}
	if look.Err != nil {
		v.Detail = look.Err.Error()
	}
	var failed *Failure
	if errors.As(look.Err, &failed) && failed.Reason() != "" {
		v.Status, v.Reason = clm.OutOfSync, failed.Reason()
	}
	return v
}

// lacking lists what must be sent and is not. Another certificate for the same CA
// does not do: it may have expired, or lead to another root. Order does not matter
// (RFC 8446, section 4.4.2).
func (e Expected) lacking(served [][]byte) [][]byte {
	var missing [][]byte
	for _, der := range e.Chain {
		sent := slices.ContainsFunc(served, func(s []byte) bool { return bytes.Equal(s, der) })
		if !sent && !selfSigned(der) {
			missing = append(missing, der)
		}
	}
	return missing
}

// selfSigned tells a root from a certificate by which a CA vouches, under its own
// name, for another of its keys (self-issued, RFC 5280, section 3.2). Those must
// be sent, and so must what cannot be parsed.
func selfSigned(der []byte) bool {
	cert, err := x509.ParseCertificate(der)
	if err != nil || !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		return false
	}
	err = cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	var insecure x509.InsecureAlgorithmError
	if errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
		return len(cert.AuthorityKeyId) == 0 || bytes.Equal(cert.AuthorityKeyId, cert.SubjectKeyId)
	}
	return err == nil
}

func lackingText(missing [][]byte) string {
	name := "a CA certificate"
	if cert, err := x509.ParseCertificate(missing[0]); err == nil {
		name = fmt.Sprintf("the CA certificate of %q", cert.Subject)
	}
	if others := len(missing) - 1; others > 0 {
		return fmt.Sprintf("%s and %d more are not sent", name, others)
	}
	return name + " is not sent"
}
