package seal

import (
	"crypto/rand"

	"golang.org/x/crypto/argon2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Argon2id as RFC 9106, 4, recommends it where memory is scarce: three passes
// over 64 MiB in four lanes. They are part of the format: another choice makes
// another key of the same passphrase.
const (
	argonPasses = 3
	argonMemory = 64 * 1024 // KiB
	argonLanes  = 4
	saltSize    = 16
)

// NewSalt makes the salt of an estate. It is no secret and is kept with it.
func NewSalt() ([]byte, error) {
	salt := make([]byte, saltSize)
	_, err := rand.Read(salt)
	return salt, err
}

// FromPassphrase derives the key from a passphrase and the estate's salt. It
// takes a noticeable part of a second, on purpose.
func FromPassphrase(passphrase string, salt []byte) (*Sealer, error) {
	if passphrase == "" {
		return nil, clm.Invalid("passphrase", "the passphrase is empty").
			WithHint("set passphrase or CLM_PASSPHRASE, or use a key file instead")
	}
	if len(salt) < saltSize {
		return nil, clm.Errorf(clm.KindUnavailable, "the salt of %d bytes is shorter than %d", len(salt), saltSize).
			WithHint("the estate is damaged: restore it from a backup")
	}
	key := argon2.IDKey([]byte(passphrase), salt, argonPasses, argonMemory, argonLanes, keySize)
	return newSealer(key, "key from the passphrase")
}
