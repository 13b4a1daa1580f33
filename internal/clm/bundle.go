package clm

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"time"
)

// Bundle is what a communication profile publishes: the CA certificates its
// devices are to trust. It is a function of that set alone: the same set gives
// the same bytes and the same digest, in every process and on every platform.
type Bundle struct {
	ProfileID    string    `json:"profile_id"`
	Epoch        int64     `json:"epoch"`        // rises with every change
	Digest       string    `json:"digest"`       // lower-case hex SHA-256 of PEM
	Fingerprints []string  `json:"fingerprints"` // of Certificates, in their order
	Certificates [][]byte  `json:"certificates"` // DER, sorted by fingerprint, no duplicates
	Reason       string    `json:"reason"`       // what changed it
	CreatedAt    time.Time `json:"created_at"`
}

// NewBundle makes the bundle of a set of certificates.
func NewBundle(certificates [][]byte) Bundle {
	type member struct {
		fingerprint string
		der         []byte
	}
	members := make([]member, len(certificates))
	for i, der := range certificates {
		members[i] = member{FingerprintOf(der), der}
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.fingerprint, b.fingerprint) })
	members = slices.CompactFunc(members, func(a, b member) bool { return a.fingerprint == b.fingerprint })
	var b Bundle
	for _, m := range members {
		b.Fingerprints, b.Certificates = append(b.Fingerprints, m.fingerprint), append(b.Certificates, m.der)
	}
	b.Digest = digest(b.PEM())
	return b
}

// PEM is the bundle as a device installs it.
func (b Bundle) PEM() []byte {
	var out bytes.Buffer
	for _, der := range b.Certificates {
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a buffer takes everything
	}
	return out.Bytes()
}

// Holds tells whether the bundle has the certificate of that fingerprint.
func (b Bundle) Holds(fingerprint string) bool { return slices.Contains(b.Fingerprints, fingerprint) }

// Common is the bundle of what two bundles both hold.
func (b Bundle) Common(other Bundle) Bundle {
	return NewBundle(slices.DeleteFunc(slices.Clone(b.Certificates), func(der []byte) bool { return !other.Holds(FingerprintOf(der)) }))
}

// FingerprintOf is the lower-case hex SHA-256 of a certificate in DER.
func FingerprintOf(der []byte) string { return digest(der) }

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
