package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// keySize is that of key-encryption keys and data keys: AES-256.
const keySize = 32

// A sealed secret is
//
//	format (1 byte) | wrapped data key (60 bytes) | encrypted secret
//
// where both encryptions are AES-256-GCM with a random nonce in front and the
// tag behind. Their associated data is the format, the part's role and the id.
const (
	format      = 1
	wrappedSize = 12 + keySize + 16
)

const (
	roleKey    = "key"
	roleSecret = "secret"
)

// Sealer holds a key-encryption key. It is safe for concurrent use.
type Sealer struct {
	kek    cipher.AEAD
	source string // where the key came from, for messages: "key file /…"
}

func newSealer(key []byte, source string) (*Sealer, error) {
	kek, err := gcm(key)
	if err != nil {
		return nil, fmt.Errorf("using the key of %s: %w", source, err)
	}
	return &Sealer{kek: kek, source: source}, nil
}

// gcm puts a fresh random nonce in front of what it seals. A key-encryption key
// may seal 2^32 times before nonces are likely to repeat (NIST SP 800-38D,
// 8.3); a data key seals once.
func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal encrypts plain for the secret of that id.
func (s *Sealer) Seal(id string, plain []byte) ([]byte, error) {
	dataKey := make([]byte, keySize)
	rand.Read(dataKey) // never fails: it ends the program instead
	data, err := gcm(dataKey)
	if err != nil {
		return nil, fmt.Errorf("sealing %s: %w", id, err)
	}
	sealed := append(make([]byte, 0, 1+wrappedSize+data.Overhead()+len(plain)), format)
	sealed = s.kek.Seal(sealed, nil, dataKey, bound(roleKey, id))
	return data.Seal(sealed, nil, plain, bound(roleSecret, id)), nil
}

// Open decrypts what was sealed for the secret of that id.
func (s *Sealer) Open(id string, sealed []byte) ([]byte, error) {
	dataKey, err := s.unwrap(id, sealed)
	if err != nil {
		return nil, err
	}
	data, err := gcm(dataKey)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", id, err)
	}
	plain, err := data.Open(nil, nil, sealed[1+wrappedSize:], bound(roleSecret, id))
	if err != nil {
		return nil, clm.Errorf(clm.KindUnavailable, "the sealed %s is damaged", id).
			WithHint("restore the estate from a backup")
	}
	return plain, nil
}

// Rewrap seals the data key under another key-encryption key. The secret itself
// is neither decrypted nor changed.
func (s *Sealer) Rewrap(id string, sealed []byte, to *Sealer) ([]byte, error) {
	dataKey, err := s.unwrap(id, sealed)
	if err != nil {
		return nil, err
	}
	rewrapped := append(make([]byte, 0, len(sealed)), format)
	rewrapped = to.kek.Seal(rewrapped, nil, dataKey, bound(roleKey, id))
	return append(rewrapped, sealed[1+wrappedSize:]...), nil
}

func (s *Sealer) unwrap(id string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+wrappedSize || sealed[0] != format {
		return nil, clm.Errorf(clm.KindUnavailable, "the sealed %s is in no form this program knows", id).
			WithHint("upgrade the provider, or restore the estate from a backup")
	}
	dataKey, err := s.kek.Open(nil, nil, sealed[1:1+wrappedSize], bound(roleKey, id))
	if err != nil {
		return nil, clm.Errorf(clm.KindUnavailable, "the %s does not open the sealed %s", s.source, id).
			WithHint("it was sealed with another key, or for another id, or is damaged")
	}
	return dataKey, nil
}

// bound is the associated data. Its parts cannot run into each other: the role
// holds no zero byte, and the id is last.
func bound(role, id string) []byte {
	return append([]byte{format}, role+"\x00"+id...)
}
