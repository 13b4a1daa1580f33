package clm

import "time"

// RootState is the state of the slot a root certificate is.
type RootState string

// RootActive: the slot holds one certificate, and it is the one in use.
const RootActive RootState = "active"

// RootCertificate is a named trust anchor: a slot that holds one active
// certificate. Its id outlives the certificate in it.
type RootCertificate struct {
	ID                 string      `json:"id"`
	Name               string      `json:"name"`
	State              RootState   `json:"state"`
	Active             TrustAnchor `json:"active"`
	DeletionProtection bool        `json:"deletion_protection"`
	Source             RootSource  `json:"source"`
	CreatedAt          time.Time   `json:"created_at"`
	UpdatedAt          time.Time   `json:"updated_at"`
	Revision           int64       `json:"-"`
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

// CanSign tells whether the slot's private key is here.
func (r RootCertificate) CanSign() bool { return r.Active.KeyID != "" }

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
