package pki

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

var (
	oidPBES2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBMAC1     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidAES256CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

// pbes2Parameters also has the shape of PBMAC1-params: a key derivation and what the key is for (RFC 8018, appendix A).
type pbes2Parameters struct {
	KeyDerivation pkix.AlgorithmIdentifier
	Scheme        pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte // otherSource, the alternative, was never defined
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

type scryptParameters struct {
	Salt      []byte
	N, R, P   int
	KeyLength int `asn1:"optional"`
}

// derivation turns a password into a key of size octets. cost is in iterations, whatever the size.
type derivation struct {
	cost    int
	keySize int // as the parameters give it, 0 if they do not
	key     func(password []byte, size int) ([]byte, error)
}

var cbcCiphers = map[string]struct {
	keySize int
	block   func(key []byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

// readPBES2 is RFC 8018, section 6.2.
func readPBES2(der []byte) (*scheme, error) {
	var parameters pbes2Parameters
	if err := unmarshal(der, &parameters); err != nil {
		return nil, damaged(err)
	}
	derivation, err := readDerivation(parameters.KeyDerivation)
	if err != nil {
		return nil, err
	}
	cbc, ok := cbcCiphers[parameters.Scheme.Algorithm.String()]
	if !ok {
		return nil, unknownAlgorithm("cipher", parameters.Scheme.Algorithm)
	}
	var iv []byte
	if err := unmarshal(parameters.Scheme.Parameters.FullBytes, &iv); err != nil {
		return nil, damaged(err)
	}
	if derivation.keySize != 0 && derivation.keySize != cbc.keySize {
		return nil, damaged(errors.New("the derived key does not fit the cipher"))
	}
	open := func(password, ciphertext []byte) ([]byte, error) {
		key, err := derivation.key(password, cbc.keySize)
		if err != nil {
			return nil, err
		}
		block, err := cbc.block(key)
		if err != nil {
			return nil, err
		}
		return openCBC(block, iv, ciphertext)
	}
	return &scheme{forms: byteForms, cost: derivation.cost, open: open}, nil
}

func readDerivation(algorithm pkix.AlgorithmIdentifier) (*derivation, error) {
	switch {
	case algorithm.Algorithm.Equal(oidPBKDF2):
		return readPBKDF2(algorithm.Parameters.FullBytes)
	case algorithm.Algorithm.Equal(oidScrypt):
		return readScrypt(algorithm.Parameters.FullBytes)
	}
	return nil, unknownAlgorithm("key derivation", algorithm.Algorithm)
}

// maxDerivedKey bounds the key length that parameters may ask for; 64 octets is the longest anything uses.
const maxDerivedKey = 64

func readPBKDF2(der []byte) (*derivation, error) {
	var p pbkdf2Parameters
	if err := unmarshal(der, &p); err != nil {
		return nil, damaged(err)
	}
	if err := checkIterations(p.Iterations); err != nil {
		return nil, err
	}
	if p.KeyLength < 0 || p.KeyLength > maxDerivedKey {
		return nil, damaged(errors.New("a derived key has an impossible length"))
	}
	prf := sha1.New
	if len(p.PRF.Algorithm) > 0 {
		if prf = hmacByOID[p.PRF.Algorithm.String()]; prf == nil {
			return nil, unknownAlgorithm("pseudo-random function", p.PRF.Algorithm)
		}
	}
	key := func(password []byte, size int) ([]byte, error) { return derivePBKDF2(prf, password, p, size) }
	return &derivation{cost: p.Iterations, keySize: p.KeyLength, key: key}, nil
}

func derivePBKDF2(prf func() hash.Hash, password []byte, p pbkdf2Parameters, size int) ([]byte, error) {
	return pbkdf2.Key(prf, string(password), p.Salt, p.Iterations, size)
}

// maxScryptMemory in octets: four times the 32 MiB of interactive use, twice over.
const maxScryptMemory = 256 << 20

// readScrypt is RFC 7914, section 7. Each factor is bounded before they are multiplied.
func readScrypt(der []byte) (*derivation, error) {
	var p scryptParameters
	if err := unmarshal(der, &p); err != nil {
		return nil, damaged(err)
	}
	if p.N < 2 || p.R < 1 || p.P < 1 || p.N&(p.N-1) != 0 {
		return nil, damaged(errors.New("impossible scrypt parameters"))
	}
	if p.N > maxScryptMemory || p.R > 64 || p.P > 64 || 128*p.N*p.R > maxScryptMemory {
		return nil, refuse(Unsupported, pfxField, "export it again with a cheaper key derivation", "the PKCS#12 file asks scrypt for more than %d MiB of memory", maxScryptMemory>>20)
	}
	key := func(password []byte, size int) ([]byte, error) {
		return scrypt.Key(password, p.Salt, p.N, p.R, p.P, size)
	}
	return &derivation{cost: p.N * p.R * p.P, keySize: p.KeyLength, key: key}, nil
}
