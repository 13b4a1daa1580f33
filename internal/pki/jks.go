package pki

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"slices"
)

// The format of sun.security.provider.JavaKeyStore; numbers are big-endian.
const (
	jksMagic       = 0xfeedfeed
	jksVersion     = 2
	jksTrustedCert = 2 // the tag of an entry
	jksCertType    = "X.509"
	jksWhitener    = "Mighty Aphrodite" // between the password and what the digest is over
)

// EncodeTrustStoreJKS is EncodeTrustStorePKCS12 in Java's older format. An entry's date is the start of its certificate's
// validity. The digest is SHA-1 because the format has no other.
func EncodeTrustStoreJKS(certificates []*x509.Certificate, password string) ([]byte, error) {
	if err := checkTrustStore(certificates, password); err != nil {
		return nil, err
	}
	entries := distinct(certificates)
	var out []byte
	for _, number := range []uint32{jksMagic, jksVersion, uint32(len(entries))} {
		out = binary.BigEndian.AppendUint32(out, number)
	}
	for _, cert := range entries {
		out = appendJKSEntry(out, cert)
	}
	sum := sha1.Sum(slices.Concat(toBMP(password), []byte(jksWhitener), out))
	return append(out, sum[:]...), nil
}

func appendJKSEntry(out []byte, cert *x509.Certificate) []byte {
	out = binary.BigEndian.AppendUint32(out, jksTrustedCert)
	out = appendJKSText(out, trustAlias(cert))
	out = binary.BigEndian.AppendUint64(out, uint64(cert.NotBefore.UnixMilli())) // before 1970, two's complement
	out = appendJKSText(out, jksCertType)
	out = binary.BigEndian.AppendUint32(out, uint32(len(cert.Raw)))
	return append(out, cert.Raw...)
}

// appendJKSText is java.io.DataOutput.writeUTF, for ASCII.
func appendJKSText(out []byte, text string) []byte {
	out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
	return append(out, text...)
}
