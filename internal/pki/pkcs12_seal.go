package pki

import (
	"crypto/aes"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"
)

// Iterations of key derivation when writing: what Java's keytool writes today, five times OpenSSL's number. A file that is
// pushed to a fleet is written and read thousands of times; against guessing, the length of the password is what helps.
// Legacy takes OpenSSL's number, since the machines that still need it are slow.
const (
	modernIterations = 10_000
	legacyIterations = 2048
)

// pkcs12Writer is a profile with a password.
type pkcs12Writer struct {
	password   string
	iterations int
	saltSize   int
	macHash    func() hash.Hash
	macOID     asn1.ObjectIdentifier
	seal       func(plain []byte) (pkix.AlgorithmIdentifier, []byte, error)
}

func newPKCS12Writer(password string, profile PKCS12Profile) (*pkcs12Writer, error) {
	if err := checkWritable(password); err != nil {
		return nil, err
	}
	w := &pkcs12Writer{password: password}
	switch profile {
	case PKCS12Modern:
		w.iterations, w.saltSize = modernIterations, 16
		w.macHash, w.macOID = sha256.New, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
		w.seal = w.sealModern
	case PKCS12Legacy:
		w.iterations, w.saltSize = legacyIterations, 8
		w.macHash, w.macOID = sha1.New, asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
		w.seal = w.sealLegacy
	default:
		return nil, refuse(Unsupported, "pkcs12_profile", "use modern or legacy", "PKCS#12 profile %q is not known", profile)
	}
	return w, nil
}

// sealModern is PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC.
func (w *pkcs12Writer) sealModern(plain []byte) (pkix.AlgorithmIdentifier, []byte, error) {
	salt, iv, err := w.saltAndIV(aes.BlockSize)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, err
	}
	key, err := pbkdf2.Key(sha256.New, w.password, salt, w.iterations, 32)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, fmt.Errorf("setting up AES: %w", err)
	}
	prf := pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: asn1.NullRawValue}
	parameters := pbes2Parameters{
		KeyDerivation: algorithmOf(oidPBKDF2, pbkdf2Parameters{Salt: salt, Iterations: w.iterations, PRF: prf}),
		Scheme:        algorithmOf(oidAES256CBC, iv),
	}
	return algorithmOf(oidPBES2, parameters), sealCBC(block, iv, plain), nil
}

// sealLegacy is pbeWithSHAAnd3-KeyTripleDES-CBC.
func (w *pkcs12Writer) sealLegacy(plain []byte) (pkix.AlgorithmIdentifier, []byte, error) {
	salt, err := randomBytes(w.saltSize)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, err
	}
	password := bmpPassword(w.password)
	key := pkcs12KDF(sha1.New, password, salt, forKey, w.iterations, 24)
	iv := pkcs12KDF(sha1.New, password, salt, forIV, w.iterations, des.BlockSize)
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, fmt.Errorf("setting up Triple DES: %w", err)
	}
	return algorithmOf(oidTripleDES, pbeParameters{salt, w.iterations}), sealCBC(block, iv, plain), nil
}

func algorithmOf(oid asn1.ObjectIdentifier, parameters any) pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: marshal(parameters)}}
}

func (w *pkcs12Writer) saltAndIV(ivSize int) (salt, iv []byte, err error) {
	if salt, err = randomBytes(w.saltSize); err != nil {
		return nil, nil, err
	}
	iv, err = randomBytes(ivSize)
	return salt, iv, err
}

func randomBytes(n int) ([]byte, error) {
	out := make([]byte, n)
	if _, err := rand.Read(out); err != nil {
		return nil, fmt.Errorf("drawing random bytes: %w", err)
	}
	return out, nil
}
