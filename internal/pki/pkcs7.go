package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"slices"
)

const (
	pkcs7Block = "PKCS7"
	pkcs7Field = "pkcs7"
)

// signedData is RFC 5652, section 5.1. Of a file that only carries certificates ("degenerate") nothing else is read.
type signedData struct {
	Version      int
	Digests      asn1.RawValue // SET OF
	Content      asn1.RawValue
	Certificates asn1.RawValue `asn1:"optional,tag:0"` // [0] IMPLICIT SET OF
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      asn1.RawValue // SET OF
}

// EncodePKCS7 returns the certificates as PKCS#7 (.p7b), in DER: signed data that nobody signed. A repeated one counts once.
//
// DER would sort them. They keep their order instead, as OpenSSL has it: some readers take the first for the end entity's.
func EncodePKCS7(certificates ...*x509.Certificate) ([]byte, error) {
	if i := slices.Index(certificates, nil); i >= 0 {
		return nil, refuse(NoCertificate, pemField, "", "certificate %d of %d is missing", i+1, len(certificates))
	}
	if len(certificates) == 0 {
		return nil, refuse(NoCertificate, pemField, "", "there is no certificate to write")
	}
	var all []byte
	for _, cert := range distinct(certificates) {
		all = append(all, cert.Raw...)
	}
	none := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true}
	data := marshal(signedData{
		Version: 1, Digests: none, Signers: none, Certificates: explicit(all),
		Content: asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: marshal(oidData)},
	})
	return marshal(contentInfo{Type: oidSignedData, Content: explicit(data)}), nil
}

// EncodePKCS7PEM is EncodePKCS7 as a PEM block.
func EncodePKCS7PEM(certificates ...*x509.Certificate) ([]byte, error) {
	der, err := EncodePKCS7(certificates...)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pkcs7Block, Bytes: der}), nil
}

// DecodePKCS7 returns the certificates in a PKCS#7 or CMS file, in the file's order: DER, BER, or PEM. Signatures, if there are
// any, are not checked: nothing here trusts them. Errors are "malformed", "no_certificate" or, for another kind of content and
// for files above 16 MiB, "unsupported".
func DecodePKCS7(data []byte) ([]*x509.Certificate, error) {
	if len(data) > maxPKCS12Size {
		return nil, refuse(Unsupported, pkcs7Field, "", "the file has %d bytes, more than a PKCS#7 file can need (%d)", len(data), maxPKCS12Size)
	}
	if looksLikePEM(data) && !looksLikePKCS7(data) { // what is signed may be PEM
		return decodePKCS7PEM(data)
	}
	return decodePKCS7(data)
}

func decodePKCS7PEM(data []byte) ([]*x509.Certificate, error) {
	blocks := pemBlocks(data)
	if len(blocks) == 0 {
		return nil, refuse(Malformed, pkcs7Field, "copy it again, from -----BEGIN to -----END, with its line breaks", "the PEM text is damaged or cut off")
	}
	var found []*pem.Block
	for _, block := range blocks {
		if block.Type == pkcs7Block || block.Type == "CMS" || block.Type == "PKCS #7 SIGNED DATA" {
			found = append(found, block)
		}
	}
	switch len(found) {
	case 0:
		return nil, refuse(Malformed, pkcs7Field, "", "the PEM text holds a %s, no %s", blocks[0].Type, pkcs7Block)
	case 1:
		return decodePKCS7(found[0].Bytes)
	}
	return nil, refuse(Ambiguous, pkcs7Field, "keep one", "one PKCS#7 block is expected, %d are there", len(found))
}

func decodePKCS7(ber []byte) ([]*x509.Certificate, error) {
	if len(ber) == 0 {
		return nil, refuse(Malformed, pkcs7Field, "", "the PKCS#7 file is empty")
	}
	der, rest, err := derOf(ber)
	if err != nil || len(bytes.Trim(rest, "\x00\r\n\t ")) > 0 {
		return nil, notPKCS7(ber)
	}
	var outer contentInfo
	if err := unmarshal(der, &outer); err != nil {
		return nil, notPKCS7(ber)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, refuse(Unsupported, pkcs7Field, "", "the PKCS#7 file holds content of type %s, not certificates", outer.Type)
	}
	var inner signedData
	if err := unmarshal(outer.Content.Bytes, &inner); err != nil {
		return nil, refuse(Malformed, pkcs7Field, "copy it again", "the PKCS#7 file is damaged: %w", err)
	}
	return certificatesOf(inner.Certificates.Bytes)
}

func notPKCS7(data []byte) error {
	hint := ""
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("MI")):
		hint = "it is base64; decode it, or add the -----BEGIN PKCS7----- and -----END PKCS7----- lines"
	case looksLikePKCS7(data):
		return refuse(Malformed, pkcs7Field, "copy it again", "the PKCS#7 file is damaged or cut off")
	}
	return refuse(Malformed, pkcs7Field, hint, "the input is not a PKCS#7 file")
}

// looksLikePKCS7 recognises SEQUENCE { OBJECT IDENTIFIER signedData, whatever follows.
func looksLikePKCS7(data []byte) bool {
	if len(data) == 0 || data[0] != 0x30 {
		return false
	}
	_, content, err := readLength(data[1:])
	return err == nil && bytes.HasPrefix(content, marshal(oidSignedData))
}

// certificatesOf passes over the set's other choices, which are obsolete or attribute certificates (RFC 5652, section 10.2.2).
func certificatesOf(set []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := set; len(rest) > 0; {
		var item asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &item); err != nil {
			return nil, refuse(Malformed, pkcs7Field, "copy it again", "the PKCS#7 file is damaged: %w", err)
		}
		if item.Class != asn1.ClassUniversal {
			continue
		}
		cert, err := x509.ParseCertificate(item.FullBytes)
		if err != nil {
			return nil, refuse(Malformed, pkcs7Field, "", "certificate %d in the PKCS#7 file cannot be parsed: %w", len(out)+1, err)
		}
		out = append(out, cert)
	}
	if len(out) == 0 {
		return nil, refuse(NoCertificate, pkcs7Field, "", "the PKCS#7 file holds no certificate")
	}
	return out, nil
}
