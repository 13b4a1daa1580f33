package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
)

// PKCS12 is what a PKCS#12 file (PFX, RFC 7292) holds, as far as this product uses it.
type PKCS12 struct {
	PrivateKey  crypto.Signer       // nil if the file has none; with several, the first that has its certificate here
	Certificate *x509.Certificate   // the private key's; without a key, the only one or the first CA certificate
	Chain       []*x509.Certificate // the others, without repetition: first those leading up from Certificate, in order
	Alias       string              // friendly name of the key or its certificate; "" if none
}

// PKCS12Profile says how a PKCS#12 file is encrypted.
type PKCS12Profile string

const (
	// PKCS12Modern is AES-256-CBC under PBES2 with HMAC-SHA256: OpenSSL, Java from 8u301, Windows from Server 2019.
	PKCS12Modern PKCS12Profile = "modern"
	// PKCS12Legacy is Triple DES under SHA-1, for Windows up to Server 2016 and old appliances. Its strength is the password's.
	PKCS12Legacy PKCS12Profile = "legacy"
)

const (
	pfxField      = "pfx"
	passwordField = "pfx_password"

	// maxPKCS12Size is far above any real file, and low enough that parsing a hostile one costs nothing that matters.
	maxPKCS12Size = 16 << 20
)

// DecodePKCS12 reads what OpenSSL, Java, NSS, GnuTLS, Windows and their like write: DER or BER; encrypted with PBES2, the
// password schemes of RFC 7292, or not at all; with a MAC, PBMAC1, or none. Errors have one of these codes:
//
//   - incorrect_password (field pfx_password): the MAC does not match, or without a MAC nothing sensible decrypts
//   - malformed: truncated, damaged, or not PKCS#12
//   - unsupported: public-key protection, an unknown algorithm, key derivation too costly to be honest
//   - no_certificate, key_mismatch: it opens, but holds no certificate, or none for its private key
func DecodePKCS12(data []byte, password string) (*PKCS12, error) {
	if len(data) > maxPKCS12Size {
		return nil, refuse(Unsupported, pfxField, "", "the file has %d bytes, more than a PKCS#12 file can need (%d)", len(data), maxPKCS12Size)
	}
	file, err := parsePFX(data)
	if err != nil {
		return nil, err
	}
	reader := &pkcs12Reader{password: password, iterations: maxTotalIterations}
	if err := reader.read(file); err != nil {
		return nil, err
	}
	return reader.content()
}

// content picks out the key, its certificate and the rest.
func (r *pkcs12Reader) content() (*PKCS12, error) {
	if len(r.certs) == 0 {
		return nil, refuse(NoCertificate, pfxField, "export it again with the certificate", "the PKCS#12 file holds no certificate")
	}
	if len(r.keys) == 0 {
		return r.assemble(nil, r.trustAnchor()), nil
	}
	for i := range r.keys {
		for j := range r.certs {
			if SameKey(r.keys[i].key.Public(), r.certs[j].cert.PublicKey) {
				return r.assemble(&r.keys[i], &r.certs[j]), nil
			}
		}
	}
	return nil, refuse(KeyMismatch, pfxField, "export it again with the key's own certificate", "the private key in the PKCS#12 file belongs to none of its certificates")
}

// trustAnchor is the certificate that a file without keys is about.
func (r *pkcs12Reader) trustAnchor() *pkcs12Cert {
	for i := range r.certs {
		if r.certs[i].cert.IsCA {
			return &r.certs[i]
		}
	}
	return &r.certs[0]
}

func (r *pkcs12Reader) assemble(key *pkcs12Key, cert *pkcs12Cert) *PKCS12 {
	out := &PKCS12{Certificate: cert.cert, Alias: cert.alias}
	if key != nil {
		out.PrivateKey = key.key
		if key.alias != "" {
			out.Alias = key.alias
		}
	}
	var others []*x509.Certificate
	for _, other := range r.certs {
		others = append(others, other.cert)
	}
	chain, _ := BuildChain(cert.cert, others)
	out.Chain = distinct(append(chain, others...))[1:]
	return out
}

// parsePFX reads the outer structure, and says what a file of another kind is.
func parsePFX(data []byte) (*pfx, error) {
	der, rest, err := derOf(data)
	if err != nil {
		return nil, notPKCS12(data, err)
	}
	if len(bytes.Trim(rest, "\x00\r\n\t ")) > 0 {
		return nil, refuse(Malformed, pfxField, "", "%d bytes follow the end of the PKCS#12 file", len(rest))
	}
	file := new(pfx)
	if err := unmarshal(der, file); err != nil {
		return nil, notPKCS12(data, err)
	}
	if file.Version != 3 {
		return nil, refuse(Unsupported, pfxField, "", "the PKCS#12 file has version %d, not 3", file.Version)
	}
	return file, nil
}

func notPKCS12(data []byte, cause error) error {
	hint := ""
	switch {
	case len(data) == 0:
		return refuse(Malformed, pfxField, "", "the PKCS#12 file is empty")
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		hint = "it is a Java keystore (JKS); convert it with: keytool -importkeystore -deststoretype PKCS12"
	case looksLikePEM(data):
		hint = "it is PEM; give it as certificate_pem and private_key_pem"
	case bytes.HasPrefix(data, []byte("MI")):
		hint = "it is base64; decode it first"
	case looksLikePKCS12(data):
		return refuse(Malformed, pfxField, "copy it again", "the PKCS#12 file is damaged or cut off: %w", cause)
	}
	return refuse(Malformed, pfxField, hint, "the input is not a PKCS#12 file")
}

// looksLikePKCS12 recognises SEQUENCE { INTEGER 3, SEQUENCE …, the start of every PFX, whatever follows.
func looksLikePKCS12(data []byte) bool {
	if len(data) < 8 || data[0] != 0x30 {
		return false
	}
	_, content, err := readLength(data[1:])
	return err == nil && bytes.HasPrefix(content, []byte{0x02, 0x01, 0x03, 0x30})
}
