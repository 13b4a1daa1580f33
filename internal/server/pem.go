package server

import (
	"bytes"
	"encoding/pem"
)

const (
	certificateBlock = "CERTIFICATE"
	crlBlock         = "X509 CRL"
)

// pemOf shows certificates, given as DER, the way the API does.
func pemOf(ders ...[]byte) string {
	var out bytes.Buffer
	for _, der := range ders {
		out.WriteString(pemBlock(certificateBlock, der))
	}
	return out.String()
}

// pemBlock is empty for what is not there.
func pemBlock(kind string, der []byte) string {
	if len(der) == 0 {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
