package clm

import "time"

// PrivateKey is a private key at rest: its sealed form and what may be said of
// it in the open. The plain key exists only inside a use case.
type PrivateKey struct {
	ID        string    `json:"id"`
	Sealed    []byte    `json:"-"`
	PublicKey string    `json:"public_key"` // SHA-256 of the SubjectPublicKeyInfo, lower-case hex
	CreatedAt time.Time `json:"created_at"`
}
