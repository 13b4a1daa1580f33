package pki

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
)

const (
	// maxIterations of one key derivation: a hundred times what careful writers use, some seconds of work.
	maxIterations = 10_000_000
	// maxTotalIterations of all derivations a file asks for, so that many bags cannot multiply the cost.
	maxTotalIterations = 2 * maxIterations
)

// scheme is one way of encrypting under a password, its parameters read and bounded.
type scheme struct {
	forms func(password string) [][]byte // the password may take
	cost  int                            // in iterations, for one form
	open  func(password, ciphertext []byte) ([]byte, error)
}

var errDecrypt = errors.New("decryption error")

// decrypt tries the forms of the password until accept takes the plaintext.
func (r *pkcs12Reader) decrypt(algorithm pkix.AlgorithmIdentifier, ciphertext []byte, accept func([]byte) bool) error {
	scheme, err := readScheme(algorithm)
	if err != nil {
		return err
	}
	for _, form := range scheme.forms(r.password) {
		if err := r.spend(scheme.cost); err != nil {
			return err
		}
		plain, err := scheme.open(form, ciphertext)
		if err != nil && !errors.Is(err, errDecrypt) {
			return damaged(err)
		}
		if err == nil && accept(plain) {
			return nil
		}
	}
	return r.notDecrypted()
}

// notDecrypted blames the password, also when a MAC vouched for it: the file may be encrypted under a second one.
func (r *pkcs12Reader) notDecrypted() error {
	if r.verified {
		return refuse(IncorrectPassword, passwordField, "export it again with one password", "part of the PKCS#12 file is encrypted with another password, or damaged")
	}
	return incorrectPassword()
}

func incorrectPassword() error {
	return refuse(IncorrectPassword, passwordField, "", "the password does not open the PKCS#12 file")
}

// spend takes iterations out of what the file may cost.
func (r *pkcs12Reader) spend(iterations int) error {
	if iterations > r.iterations {
		return refuse(Unsupported, pfxField, "export it again with fewer iterations", "the PKCS#12 file asks for more than %d iterations of key derivation", maxIterations)
	}
	r.iterations -= iterations
	return nil
}

func checkIterations(n int) error {
	if n < 1 {
		return damaged(errors.New("a key derivation has no iterations"))
	}
	if n > maxIterations {
		return refuse(Unsupported, pfxField, "export it again with fewer iterations", "the PKCS#12 file asks for more than %d iterations of key derivation", maxIterations)
	}
	return nil
}

// pbeScheme is one of the encryption schemes of RFC 7292, appendix C. ivSize 0 marks a stream cipher.
type pbeScheme struct {
	keySize, ivSize int
	decrypt         func(key, iv, ciphertext []byte) ([]byte, error)
}

var pbeSchemes = map[string]pbeScheme{
	"1.2.840.113549.1.12.1.1": {16, 0, openRC4},
	"1.2.840.113549.1.12.1.2": {5, 0, openRC4},
	"1.2.840.113549.1.12.1.3": {24, 8, openTripleDES},
	"1.2.840.113549.1.12.1.4": {16, 8, openTripleDES},
	"1.2.840.113549.1.12.1.5": {16, 8, openRC2},
	"1.2.840.113549.1.12.1.6": {5, 8, openRC2},
}

var oidTripleDES = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}

type pbeParameters struct {
	Salt       []byte
	Iterations int
}

func readScheme(algorithm pkix.AlgorithmIdentifier) (*scheme, error) {
	if algorithm.Algorithm.Equal(oidPBES2) {
		return readPBES2(algorithm.Parameters.FullBytes)
	}
	pbe, ok := pbeSchemes[algorithm.Algorithm.String()]
	if !ok {
		return nil, unknownAlgorithm("encryption scheme", algorithm.Algorithm)
	}
	var parameters pbeParameters
	if err := unmarshal(algorithm.Parameters.FullBytes, &parameters); err != nil {
		return nil, damaged(err)
	}
	if err := checkIterations(parameters.Iterations); err != nil {
		return nil, err
	}
	open := func(password, ciphertext []byte) ([]byte, error) { return pbe.open(parameters, password, ciphertext) }
	return &scheme{forms: bmpForms, cost: 2 * parameters.Iterations, open: open}, nil
}

func (p pbeScheme) open(parameters pbeParameters, password, ciphertext []byte) ([]byte, error) {
	key := pkcs12KDF(sha1.New, password, parameters.Salt, forKey, parameters.Iterations, p.keySize)
	var iv []byte
	if p.ivSize > 0 {
		iv = pkcs12KDF(sha1.New, password, parameters.Salt, forIV, parameters.Iterations, p.ivSize)
	}
	return p.decrypt(key, iv, ciphertext)
}

func openRC4(key, _, ciphertext []byte) ([]byte, error) {
	stream, err := rc4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(ciphertext))
	stream.XORKeyStream(plain, ciphertext)
	return plain, nil
}

func openTripleDES(key, iv, ciphertext []byte) ([]byte, error) {
	if len(key) == 16 { // two keys: the first is used again as the third
		key = append(key[:16:16], key[:8]...)
	}
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		return nil, err
	}
	return openCBC(block, iv, ciphertext)
}

func openRC2(key, iv, ciphertext []byte) ([]byte, error) {
	return openCBC(newRC2(key, 8*len(key)), iv, ciphertext)
}

// openCBC undoes CBC and the padding of RFC 8018, section 6.1.1. Bad padding is errDecrypt; a ciphertext that is no number of
// blocks is damage, whatever the password.
func openCBC(block cipher.Block, iv, ciphertext []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(ciphertext) == 0 || len(ciphertext)%size != 0 || len(iv) != size {
		return nil, errors.New("a ciphertext or its initialization vector has an impossible length")
	}
	plain := make([]byte, len(ciphertext))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, ciphertext)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > size {
		return nil, errDecrypt
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, errDecrypt
		}
	}
	return plain[:len(plain)-padding], nil
}

// sealCBC pads and encrypts.
func sealCBC(block cipher.Block, iv, plain []byte) []byte {
	padding := block.BlockSize() - len(plain)%block.BlockSize()
	out := append([]byte(nil), plain...)
	for range padding {
		out = append(out, byte(padding))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	return out
}
