package pki

import (
	"crypto/sha256"
	"crypto/x509"
)

const trustPasswordField = "password"

// EncodeTrustStorePKCS12 writes the certificates as a DER PKCS#12 file in which Java finds nothing but trusted certificates.
// Each one's alias is the start of its fingerprint; a repeated one counts once. The same certificates in the same order under
// the same password give the same bytes, so a digest tells whether a file is the one that was meant.
//
// The certificates are public and stay in the clear; the password protects their integrity alone. It must be printable ASCII,
// and not empty.
func EncodeTrustStorePKCS12(certificates []*x509.Certificate, password string) ([]byte, error) {
	if err := checkTrustStore(certificates, password); err != nil {
		return nil, err
	}
	writer, err := newPKCS12Writer(password, PKCS12Modern)
	if err != nil {
		return nil, err
	}
	var bags []safeBag
	for _, cert := range distinct(certificates) {
		bags = append(bags, certificateBag(cert, PKCS12{}.attributes(trustAlias(cert))))
	}
	authSafe := marshal([]contentInfo{dataOf(marshal(bags))})
	return writer.salted(authSafe, writer.contentSalt(authSafe)), nil
}

// contentSalt stands in for a random salt, with which no two files would be the same. That is harmless where, as here, nothing
// is encrypted: a salt only keeps guesses at the password of the MAC from being worked out before the file is seen, and who
// may replace the file needs no password to do so. The password stays out of the salt, or guesses could be checked against it
// without the iterations of the MAC.
func (w *pkcs12Writer) contentSalt(authSafe []byte) []byte {
	sum := sha256.Sum256(authSafe)
	return sum[:w.saltSize]
}

// trustAlias has 64 bits, which only certificates made for the purpose share. Java then trusts one of them, never another.
func trustAlias(cert *x509.Certificate) string { return Fingerprint(cert.Raw)[:16] }

func checkTrustStore(certificates []*x509.Certificate, password string) error {
	if len(certificates) == 0 {
		return refuse(NoCertificate, pemField, "", "there is no certificate to trust")
	}
	for i, cert := range certificates {
		if cert == nil {
			return refuse(NoCertificate, pemField, "", "certificate %d of %d is missing", i+1, len(certificates))
		}
	}
	if password == "" {
		return refuse(Unsupported, trustPasswordField, "give one; Java's own is changeit", "the password of the trust store is empty")
	}
	return withField(checkWritable(password), trustPasswordField)
}
