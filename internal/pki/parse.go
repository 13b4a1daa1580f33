package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"regexp"
)

const pemField = "certificate_pem"

var beginCertificate = regexp.MustCompile(`(?m)^-----BEGIN (X509 )?CERTIFICATE-----`)

// ParseCertificates reads every certificate in data: PEM with any number of CERTIFICATE blocks and any text between them,
// or DER, one certificate or several in a row. A damaged block is "malformed", never skipped; none at all is
// "no_certificate".
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	if looksLikePEM(data) {
		return parsePEMCertificates(data)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, refuse(NoCertificate, pemField, "", "the input is empty")
	}
	certs, err := x509.ParseCertificates(data)
	if err != nil || len(certs) == 0 {
		return nil, notACertificate(data, err)
	}
	return certs, nil
}

// ParseCertificate reads the one certificate in data, PEM or DER. More than one is "ambiguous".
func ParseCertificate(data []byte) (*x509.Certificate, error) {
	certs, err := ParseCertificates(data)
	if err != nil {
		return nil, err
	}
	if len(certs) != 1 {
		return nil, refuse(Ambiguous, pemField, "give the chain separately", "one certificate is expected, %d are there", len(certs))
	}
	return certs[0], nil
}

func parsePEMCertificates(data []byte) ([]*x509.Certificate, error) {
	blocks := certificateBlocks(data)
	begun := len(beginCertificate.FindAllIndex(plainLines(data), -1))
	if len(blocks) < begun {
		return nil, refuse(Malformed, pemField, "copy it again, from -----BEGIN to -----END, with its line breaks",
			"%d of %d PEM certificate blocks are damaged or cut off", begun-len(blocks), begun)
	}
	if len(blocks) == 0 {
		return nil, noCertificateBlock(data)
	}
	certs := make([]*x509.Certificate, len(blocks))
	for i, der := range blocks {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, refuse(Malformed, pemField, "", "certificate %d of %d cannot be parsed: %w", i+1, len(blocks), err)
		}
		certs[i] = cert
	}
	return certs, nil
}

// certificateBlocks returns the contents of the certificate blocks that decode, unparsed.
func certificateBlocks(data []byte) [][]byte {
	var out [][]byte
	for _, block := range pemBlocks(data) {
		if block.Type == certificateBlock || block.Type == "X509 CERTIFICATE" {
			out = append(out, block.Bytes)
		}
	}
	return out
}

func pemBlocks(data []byte) []*pem.Block {
	var out []*pem.Block
	rest := plainLines(data)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return out
		}
		out = append(out, block)
	}
}

// plainLines undoes what editors, clipboards and heredocs do to PEM: a byte order mark, CR line endings, indented lines.
func plainLines(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	lines := bytes.Split(data, []byte("\n"))
	for i, line := range lines {
		lines[i] = bytes.Trim(line, " \t")
	}
	return bytes.Join(lines, []byte("\n"))
}

func looksLikePEM(data []byte) bool { return bytes.Contains(data, []byte("-----BEGIN ")) }

func noCertificateBlock(data []byte) error {
	blocks := pemBlocks(data)
	if len(blocks) == 0 {
		return refuse(Malformed, pemField, "copy it again, from -----BEGIN to -----END, with its line breaks", "the PEM text is damaged or cut off")
	}
	if blocks[0].Type == "PKCS7" || blocks[0].Type == "CMS" {
		return refuse(Unsupported, pemField, "convert it with: openssl pkcs7 -print_certs", "the input is a PKCS#7 bundle")
	}
	return refuse(NoCertificate, pemField, "", "the PEM text holds a %s, no CERTIFICATE", blocks[0].Type)
}

// notACertificate says what data, which is neither PEM nor DER certificates, might be instead.
func notACertificate(data []byte, cause error) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("MII")) {
		return refuse(Malformed, pemField, "decode it, or add the -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- lines",
			"the input is base64 without PEM lines")
	}
	if looksLikePKCS12(data) {
		return refuse(Malformed, pemField, "give it as pfx_base64 with its password", "the input is a PKCS#12 file, not a certificate")
	}
	return refuse(Malformed, pemField, "", "the input is neither a PEM nor a DER certificate: %w", cause)
}
