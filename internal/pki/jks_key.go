package pki

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// The scheme of sun.security.provider.KeyProtector: a random salt, the key under a stream of chained SHA-1, and the SHA-1 of
// password and key, one after the other.
var oidJKSKeyProtector = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 17, 1, 1}

func protectJKSKey(key crypto.Signer, password string) ([]byte, error) {
	plain, err := MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	salt, err := randomBytes(sha1.Size)
	if err != nil {
		return nil, err
	}
	check := jksKeyCheck(password, plain)
	return marshal(encryptedPrivateKeyInfo{
		Algorithm:     pkix.AlgorithmIdentifier{Algorithm: oidJKSKeyProtector, Parameters: asn1.NullRawValue},
		EncryptedData: slices.Concat(salt, jksStream(plain, salt, password), check[:]),
	}), nil
}

// opensJKSKey reports whether the password opens a protected key, which proves the password right.
func opensJKSKey(protected []byte, password string) bool {
	var info encryptedPrivateKeyInfo
	if err := unmarshal(protected, &info); err != nil || !info.Algorithm.Algorithm.Equal(oidJKSKeyProtector) {
		return false
	}
	data := info.EncryptedData
	if len(data) < 2*sha1.Size {
		return false
	}
	end := len(data) - sha1.Size
	plain := jksStream(data[sha1.Size:end], data[:sha1.Size], password)
	check := jksKeyCheck(password, plain)
	return bytes.Equal(check[:], data[end:])
}

func jksKeyCheck(password string, plain []byte) [sha1.Size]byte {
	return sha1.Sum(slices.Concat(toBMP(password), plain))
}

// jksStream encrypts and decrypts.
func jksStream(in, salt []byte, password string) []byte {
	out, block := make([]byte, len(in)), salt
	for i := range in {
		if i%sha1.Size == 0 {
			sum := sha1.Sum(slices.Concat(toBMP(password), block))
			block = sum[:]
		}
		out[i] = in[i] ^ block[i%sha1.Size]
	}
	return out
}
