package clm

import "time"

// RootCertificate is a named trust anchor: a slot that holds one active
// certificate and, while it is being replaced, the one that is to follow. Its id
// outlives the certificates in it.
type RootCertificate struct {
	ID                 string             `json:"id"`
	Name               string             `json:"name"`
	State              RootState          `json:"state"`
	Active             TrustAnchor        `json:"active"` // until it is retired the old one
	DeletionProtection bool               `json:"deletion_protection"`
	Source             RootSource         `json:"source"`                // of Active
	Policy             *ReplacementPolicy `json:"policy,omitempty"`      // nil: the default
	Replacement        *Replacement       `json:"replacement,omitempty"` // nil in active
	Declined           *Declined          `json:"declined,omitempty"`
	History            []Outcome          `json:"history,omitempty"` // of replacements that ended, oldest first
	CreatedAt          time.Time          `json:"created_at"`
	UpdatedAt          time.Time          `json:"updated_at"`
	Revision           int64              `json:"-"`
}

// TrustAnchor is the certificate a slot holds, with the facts worth indexing.
type TrustAnchor struct {
	Certificate       []byte    `json:"certificate"`     // DER
	Chain             [][]byte  `json:"chain,omitempty"` // DER of the CAs above it, nearest first
	FingerprintSHA256 string    `json:"fingerprint_sha256"`
	SerialNumber      string    `json:"serial_number"`
	NotBefore         time.Time `json:"not_before"`
	NotAfter          time.Time `json:"not_after"`
	KeyAlgorithm      string    `json:"key_algorithm"`
	KeyID             string    `json:"key_id,omitempty"` // "" when the private key is not here
}

// RootSource records where the certificate came from, in the words of the
// request that brought it, so that an import can tell that nothing differs.
type RootSource struct {
	Kind              string      `json:"kind"` // pfx_file | pfx_base64 | pem | self_signed
	PFXFile           string      `json:"pfx_file,omitempty"`
	PFXFileSHA256     string      `json:"pfx_file_sha256,omitempty"`
	PFXVersion        int64       `json:"pfx_version,omitempty"`
	PasswordVersion   int64       `json:"password_version,omitempty"`
	PrivateKeyVersion int64       `json:"private_key_version,omitempty"`
	SelfSigned        *SelfSigned `json:"self_signed,omitempty"`
}

// The kinds of source a root certificate has.
const (
	SourcePFXFile    = "pfx_file"
	SourcePFXBase64  = "pfx_base64"
	SourcePEM        = "pem"
	SourceSelfSigned = "self_signed"
)

// SelfSigned is the recipe of a root certificate made here.
type SelfSigned struct {
	Subject             Subject `json:"subject"`
	Key                 KeySpec `json:"key"`
	ValidityPeriodHours int64   `json:"validity_period_hours"`
	MaxPathLength       *int64  `json:"max_path_length,omitempty"`
}

// Apply moves the slot on; the error names the legal predecessors.
func (r *RootCertificate) Apply(verb string) error {
	next, err := rootTable.next(NounRoot, r.Name, verb, r.State)
	if err != nil {
		return err
	}
	r.State = next
	return nil
}

// CanSign tells whether the private key that signs now is here.
func (r RootCertificate) CanSign() bool { return r.Signer().KeyID != "" }

// Signer is the certificate that signs in the present state: the new one only
// while it is being put to use and after, never before its bundle met the gate.
func (r RootCertificate) Signer() TrustAnchor {
	if r.State == RootActivating || r.State == RootRetiring {
		return r.Replacement.Target
	}
	return r.Active
}

// SignerChain is what a leaf signed now is served with: the issuer first. While
// the old root is trusted anywhere, a leaf of the new one carries the new root's
// key as certified by the old, so that a device that lags verifies it all the same.
// It comes before the new root itself: OpenSSL takes the first that fits.
func (r RootCertificate) SignerChain() [][]byte {
	signer := r.Signer()
	own := append([][]byte{signer.Certificate}, signer.Chain...)
	if r.Replacement == nil || len(r.Replacement.Cross) == 0 || signer.FingerprintSHA256 != r.Replacement.Target.FingerprintSHA256 {
		return own
	}
	return append(append([][]byte{r.Replacement.Cross}, r.Active.Chain...), own...)
}

// Trusted are the certificates a device of the slot is to trust: the same two in
// every state of a replacement.
func (r RootCertificate) Trusted() [][]byte {
	trusted := append([][]byte{r.Active.Certificate}, r.Active.Chain...)
	if r.Replacement != nil {
		trusted = append(append(trusted, r.Replacement.Target.Certificate), r.Replacement.Target.Chain...)
	}
	return trusted
}

// Holds tells whether a certificate is in the slot, by its fingerprint.
func (r RootCertificate) Holds(fingerprint string) bool {
	return r.Active.FingerprintSHA256 == fingerprint || r.Replacement != nil && r.Replacement.Target.FingerprintSHA256 == fingerprint
}

// Settings is how careful a replacement of this root is.
func (r RootCertificate) Settings() ReplacementPolicy {
	if r.Policy == nil {
		return DefaultReplacementPolicy()
	}
	return *r.Policy
}

// MayDelete refuses to delete a root that is protected or still has children.
func (r RootCertificate) MayDelete(children int) error {
	if r.DeletionProtection {
		return Errorf(KindRefused, "root certificate %q is protected from deletion", r.Name).
			WithHint("set deletion_protection = false and apply, then delete it")
	}
	if children > 0 {
		return Errorf(KindRefused, "root certificate %q still has %d %s issued by it", r.Name, children, plural(children, "certificate")).
			WithHint("delete them, or move them to another issuer, first")
	}
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// Untouched tells whether its owner never changed it since it was made.
func (r RootCertificate) Untouched() bool { return r.UpdatedAt.Equal(r.CreatedAt) }
