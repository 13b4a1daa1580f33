package pki

import (
	"crypto/hmac"
	"crypto/x509/pkix"
	"errors"
	"hash"
)

// mac is one way of computing the MAC of a file, its parameters read and bounded.
type mac struct {
	hash  func() hash.Hash
	forms func(password string) [][]byte
	cost  int
	key   func(password []byte) ([]byte, error)
}

// checkMAC tries the forms of the password against the MAC over the authenticated safe (RFC 7292, section 5.1).
func (r *pkcs12Reader) checkMAC(data macData, authSafe []byte) error {
	mac, err := readMAC(data)
	if err != nil {
		return err
	}
	for _, form := range mac.forms(r.password) {
		if err := r.spend(mac.cost); err != nil {
			return err
		}
		key, err := mac.key(form)
		if err != nil {
			return damaged(err)
		}
		h := hmac.New(mac.hash, key)
		h.Write(authSafe)
		if hmac.Equal(h.Sum(nil), data.Mac.Digest) {
			r.verified = true
			return nil
		}
	}
	return incorrectPassword()
}

func readMAC(data macData) (*mac, error) {
	algorithm := data.Mac.Algorithm
	if algorithm.Algorithm.Equal(oidPBMAC1) {
		return readPBMAC1(algorithm)
	}
	newHash := hashByOID[algorithm.Algorithm.String()]
	if newHash == nil {
		return nil, unknownAlgorithm("MAC", algorithm.Algorithm)
	}
	if err := checkIterations(data.Iterations); err != nil {
		return nil, err
	}
	size := newHash().Size()
	key := func(password []byte) ([]byte, error) {
		return pkcs12KDF(newHash, password, data.Salt, forMAC, data.Iterations, size), nil
	}
	return &mac{hash: newHash, forms: bmpForms, cost: data.Iterations, key: key}, nil
}

// readPBMAC1 is RFC 9579. The salt and iterations beside it in macData are to be ignored; the key length must be given.
func readPBMAC1(algorithm pkix.AlgorithmIdentifier) (*mac, error) {
	var parameters pbes2Parameters
	if err := unmarshal(algorithm.Parameters.FullBytes, &parameters); err != nil {
		return nil, damaged(err)
	}
	newHash := hmacByOID[parameters.Scheme.Algorithm.String()]
	if newHash == nil {
		return nil, unknownAlgorithm("MAC", parameters.Scheme.Algorithm)
	}
	derivation, err := readDerivation(parameters.KeyDerivation)
	if err != nil {
		return nil, err
	}
	if derivation.keySize < 20 {
		return nil, damaged(errors.New("the key of the MAC is too short"))
	}
	key := func(password []byte) ([]byte, error) { return derivation.key(password, derivation.keySize) }
	return &mac{hash: newHash, forms: byteForms, cost: derivation.cost, key: key}, nil
}
