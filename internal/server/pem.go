package server

import (
	"bytes"
	"encoding/pem"
)

// pemOf shows certificates, given as DER, the way the API does.
func pemOf(ders ...[]byte) string {
	var out bytes.Buffer
	for _, der := range ders {
		if len(der) > 0 {
			out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		}
	}
	return out.String()
}
