package pki

import (
	"cmp"
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"slices"
	"strings"
)

// The format of sun.security.provider.JavaKeyStore; numbers are big-endian.
const (
	jksMagic       = 0xfeedfeed
	jksVersion     = 2
	jksPrivateKey  = 1 // the tags of entries
	jksTrustedCert = 2
	jksCertType    = "X.509"
	jksWhitener    = "Mighty Aphrodite" // between the password and what the digest is over
)

// EncodeTrustStoreJKS is EncodeTrustStorePKCS12 in Java's older format. An entry's date is the start of its certificate's
// validity. The digest is SHA-1 because the format has no other.
func EncodeTrustStoreJKS(certificates []*x509.Certificate, password string) ([]byte, error) {
	if err := checkTrustStore(certificates, password); err != nil {
		return nil, err
	}
	var entries [][]byte
	for _, cert := range distinct(certificates) {
		entries = append(entries, jksTrustedEntry(trustAlias(cert), cert))
	}
	return jksFile(entries, password), nil
}

// EncodeKeyStoreJKS writes the entry as Java's older key store. Aliases are in lower case: Java looks for no other. An entry's
// date is the start of its certificate's validity. A key password of "" stands for the store's. Both must be printable ASCII
// of 6 characters or more, as Java wants them.
//
// The format hides the key behind SHA-1 alone, and passwords are guessed quickly: who can read PKCS#12 should be given that.
func EncodeKeyStoreJKS(entry KeyEntry, storePassword, keyPassword string) ([]byte, error) {
	keyPassword = cmp.Or(keyPassword, storePassword)
	err := firstError(CheckPasswordJKS(storePasswordField, storePassword), CheckPasswordJKS(keyPasswordField, keyPassword),
		entry.check(), entry.checkLowerCase())
	if err != nil {
		return nil, err
	}
	key, err := protectJKSKey(entry.Key, keyPassword)
	if err != nil {
		return nil, err
	}
	entries := [][]byte{jksKeyEntry(entry, key)}
	for _, trusted := range entry.Trusted {
		entries = append(entries, jksTrustedEntry(trusted.Alias, trusted.Certificate))
	}
	return jksFile(entries, storePassword), nil
}

// jksFile puts entries under a digest.
func jksFile(entries [][]byte, password string) []byte {
	var out []byte
	for _, number := range []uint32{jksMagic, jksVersion, uint32(len(entries))} {
		out = binary.BigEndian.AppendUint32(out, number)
	}
	out = append(out, slices.Concat(entries...)...)
	sum := jksDigest(password, out)
	return append(out, sum[:]...)
}

func jksDigest(password string, content []byte) [sha1.Size]byte {
	return sha1.Sum(slices.Concat(toBMP(password), []byte(jksWhitener), content))
}

func jksTrustedEntry(alias string, cert *x509.Certificate) []byte {
	return appendJKSCertificate(jksEntryHead(jksTrustedCert, alias, cert), cert)
}

func jksKeyEntry(entry KeyEntry, protected []byte) []byte {
	chain := entry.fullChain()
	out := appendJKSBytes(jksEntryHead(jksPrivateKey, entry.Alias, entry.Certificate), protected)
	out = binary.BigEndian.AppendUint32(out, uint32(len(chain)))
	for _, cert := range chain {
		out = appendJKSCertificate(out, cert)
	}
	return out
}

func jksEntryHead(tag uint32, alias string, cert *x509.Certificate) []byte {
	out := binary.BigEndian.AppendUint32(nil, tag)
	out = appendJKSText(out, strings.ToLower(alias))
	return binary.BigEndian.AppendUint64(out, uint64(cert.NotBefore.UnixMilli())) // before 1970, two's complement
}

func appendJKSCertificate(out []byte, cert *x509.Certificate) []byte {
	return appendJKSBytes(appendJKSText(out, jksCertType), cert.Raw)
}

func appendJKSBytes(out, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(out, uint32(len(data))), data...)
}
