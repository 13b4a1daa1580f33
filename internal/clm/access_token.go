package clm

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"strings"
	"time"
)

// AccessToken lets a program in, until it expires or is revoked. The secret itself is
// shown once, and kept nowhere: only its hash is.
type AccessToken struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      Role       `json:"role"`
	Hash      string     `json:"hash"` // SHA-256 of the secret, lower-case hex
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	UsedOn    time.Time  `json:"used_on,omitzero"` // the day of its last use, zero before the first
	Revision  int64      `json:"-"`
}

// AccessTokenStatus is what a token is worth at some moment.
type AccessTokenStatus string

// Only an active token lets in.
const (
	AccessTokenActive  AccessTokenStatus = "active"
	AccessTokenExpired AccessTokenStatus = "expired"
	AccessTokenRevoked AccessTokenStatus = "revoked"
)

// LongestAccess is how long a token may last.
const LongestAccess = 2 * 366 * 24 * time.Hour

// Check says whether the token is well formed.
func (a AccessToken) Check() error {
	if err := CheckName(a.Name); err != nil {
		return err
	}
	if err := a.Role.Check(); err != nil {
		return err
	}
	if life := a.ExpiresAt.Sub(a.CreatedAt); life <= 0 || life > LongestAccess {
		return Invalid("expires_seconds", "an access token lasts for more than nothing and at most two years")
	}
	return nil
}

// Status is what the token is worth at now.
func (a AccessToken) Status(now time.Time) AccessTokenStatus {
	switch {
	case a.RevokedAt != nil:
		return AccessTokenRevoked
	case !now.Before(a.ExpiresAt):
		return AccessTokenExpired
	}
	return AccessTokenActive
}

// Refusal says why the token does not let in at now; nil when it does.
func (a AccessToken) Refusal(now time.Time) error {
	const hint = "ask an administrator for another one: terraform-provider-clm token create"
	switch a.Status(now) {
	case AccessTokenRevoked:
		return Errorf(KindDenied, "access token %q was revoked at %s", a.Name, a.RevokedAt.UTC().Format(time.RFC3339)).WithHint(hint)
	case AccessTokenExpired:
		return Errorf(KindDenied, "access token %q expired at %s", a.Name, a.ExpiresAt.UTC().Format(time.RFC3339)).WithHint(hint)
	case AccessTokenActive:
	}
	return nil
}

// Principal is who asks with the token.
func (a AccessToken) Principal() Principal { return Principal{Name: "token:" + a.Name, Role: a.Role} }

// A secret is the prefix, 30 random digits of base 62 (178 bits) and 6 digits of a
// checksum: scanners recognize it, and a typing error costs no look-up.
const (
	secretPrefix = "clm_"
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secretDigits = 30
	checkDigits  = 6
)

// NewAccessSecret makes the secret of a new token.
func NewAccessSecret() string {
	var random strings.Builder
	for range secretDigits {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		if err != nil {
			panic("reading random numbers: " + err.Error()) // crypto/rand never fails where Go runs
		}
		random.WriteByte(base62[n.Int64()])
	}
	return secretPrefix + random.String() + checksum(random.String())
}

// HashAccessSecret is what is kept of a secret. It is not ok where the text cannot be one.
func HashAccessSecret(secret string) (hash string, ok bool) {
	digits, prefixed := strings.CutPrefix(secret, secretPrefix)
	if !prefixed || len(digits) != secretDigits+checkDigits || checksum(digits[:secretDigits]) != digits[secretDigits:] {
		return "", false
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:]), true
}

func checksum(digits string) string {
	sum, out := crc32.ChecksumIEEE([]byte(digits)), [checkDigits]byte{}
	for i := checkDigits - 1; i >= 0; i-- {
		out[i], sum = base62[sum%uint32(len(base62))], sum/uint32(len(base62))
	}
	return string(out[:])
}
