package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"strings"
)

const (
	keyField    = "private_key_pem"
	decryptHint = "decrypt it first, for example with: openssl pkey -in key.pem -out plain.pem"
)

// ParsePrivateKey reads one RSA, ECDSA or Ed25519 private key: PKCS#8, PKCS#1 or SEC 1, as PEM or DER. Other PEM blocks,
// such as EC PARAMETERS or the certificate, are passed over. An encrypted key is "unsupported", a second key "ambiguous".
func ParsePrivateKey(pemOrDER []byte) (crypto.Signer, error) {
	if !looksLikePEM(pemOrDER) {
		return parseKeyDER(pemOrDER)
	}
	var found []*pem.Block
	for _, block := range pemBlocks(pemOrDER) {
		if strings.HasSuffix(block.Type, privateKeyBlock) {
			found = append(found, block)
		}
	}
	if len(found) == 1 {
		return parseKeyBlock(found[0])
	}
	if len(found) > 1 {
		return nil, refuse(Ambiguous, keyField, "", "one private key is expected, %d are there", len(found))
	}
	if bytes.Contains(pemOrDER, []byte(privateKeyBlock+"-----")) {
		return nil, refuse(Malformed, keyField, "copy it again, from -----BEGIN to -----END, with its line breaks", "the PEM private key is damaged or cut off")
	}
	return nil, refuse(NoPrivateKey, keyField, "", "the PEM text holds no private key")
}

func parseKeyBlock(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, refuse(Unsupported, keyField, decryptHint, "the private key is encrypted")
	}
	if block.Type == "OPENSSH PRIVATE KEY" {
		return nil, refuse(Unsupported, keyField, "convert it with: ssh-keygen -p -m PKCS8 -f key", "the private key is in OpenSSH's own format")
	}
	return parseKeyDER(block.Bytes)
}

// parseKeyDER tries each form in turn. The parsers' own errors guess at formats and would only confuse, so they are dropped.
func parseKeyDER(der []byte) (crypto.Signer, error) {
	if len(bytes.TrimSpace(der)) == 0 {
		return nil, refuse(NoPrivateKey, keyField, "", "the input is empty")
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return supportedKey(key)
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, unreadableKey(der)
}

func supportedKey(key any) (crypto.Signer, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, refuse(Unsupported, keyField, "use RSA, ECDSA (P-256, P-384, P-521) or Ed25519", "the private key cannot sign certificates")
}

// unreadableKey tells a key in a form or algorithm not handled here from bytes that are no key at all.
func unreadableKey(der []byte) error {
	var encrypted encryptedPrivateKeyInfo
	if rest, err := asn1.Unmarshal(der, &encrypted); err == nil && len(rest) == 0 {
		return refuse(Unsupported, keyField, decryptHint, "the private key is encrypted")
	}
	var plain privateKeyInfo
	if rest, err := asn1.Unmarshal(der, &plain); err == nil && len(rest) == 0 {
		return refuse(Unsupported, keyField, "use RSA, ECDSA (P-256, P-384, P-521) or Ed25519",
			"the private key's algorithm (%s) or its parameters are not supported", plain.Algorithm.Algorithm)
	}
	return refuse(Malformed, keyField, "", "the input is not a PKCS#8, PKCS#1 or SEC 1 private key")
}
