package pki

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
)

// maxAlias is ub-friendlyName of RFC 2985, appendix A, in characters.
const maxAlias = 255

// EncodePKCS12 writes content as a DER PKCS#12 file: the certificates in one encrypted safe, the private key shrouded in
// another, a MAC over both. Alias becomes the friendly name of key and certificate, which Java calls the entry's alias; key
// and certificate share a local key identifier. Without a key, every certificate is marked as trusted for Java.
//
// The password must be printable ASCII: Java cannot open anything else. It refuses a certificate that the key does not belong
// to ("key_mismatch").
func EncodePKCS12(content PKCS12, password string, profile PKCS12Profile) ([]byte, error) {
	writer, err := newPKCS12Writer(password, profile)
	if err != nil {
		return nil, err
	}
	if err := content.check(); err != nil {
		return nil, err
	}
	return writer.encode(content, content.certBags())
}

// encode seals the certificates and, if there is one, the private key.
func (w *pkcs12Writer) encode(content PKCS12, certBags []safeBag) ([]byte, error) {
	certs, err := w.sealedSafe(certBags)
	if err != nil {
		return nil, err
	}
	safes := []contentInfo{certs}
	if content.PrivateKey != nil {
		key, err := w.keySafe(content)
		if err != nil {
			return nil, err
		}
		safes = append(safes, key)
	}
	return w.file(safes)
}

func (c PKCS12) check() error {
	if c.Certificate == nil {
		return refuse(NoCertificate, pemField, "", "there is no certificate to write")
	}
	if c.PrivateKey != nil {
		if err := CheckKeyPair(c.Certificate, c.PrivateKey); err != nil {
			return err
		}
	}
	if c.Alias == "" {
		return nil
	}
	return checkText("alias", c.Alias, maxAlias)
}

func checkWritable(password string) error {
	if !isASCII(password) {
		return refuse(Unsupported, passwordField, "use ASCII letters, digits and punctuation", "Java cannot open a file whose password has non-ASCII characters")
	}
	if strings.ContainsFunc(password, unprintable) {
		return refuse(Unsupported, passwordField, "remove it; a line end from a file is the usual cause", "the password holds a control character")
	}
	return nil
}

// certBags are the certificate, then the chain.
func (c PKCS12) certBags() []safeBag {
	bags := []safeBag{certificateBag(c.Certificate, c.attributes(c.Alias))}
	for i, cert := range c.Chain {
		var attributes []bagAttribute
		if c.PrivateKey == nil {
			attributes = c.attributes(c.numberedAlias(i + 2))
		}
		bags = append(bags, certificateBag(cert, attributes))
	}
	return bags
}

// numberedAlias keeps aliases apart, which Java needs.
func (c PKCS12) numberedAlias(n int) string {
	if c.Alias == "" {
		return ""
	}
	return fmt.Sprintf("%s-%d", c.Alias, n)
}

// attributes of the key and its certificate, or of a trusted certificate.
func (c PKCS12) attributes(alias string) []bagAttribute {
	var out []bagAttribute
	if alias != "" {
		out = append(out, attribute12(oidFriendlyName, asn1.RawValue{Tag: asn1.TagBMPString, Bytes: toBMP(alias)}))
	}
	if c.PrivateKey == nil {
		return append(out, attribute12(oidTrustedKeyUsage, oidAnyExtendedKey))
	}
	id := sha256.Sum256(c.Certificate.Raw)
	return append(out, attribute12(oidLocalKeyID, id[:]))
}

// attribute12 has one value.
func attribute12(id asn1.ObjectIdentifier, value any) bagAttribute {
	set := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: marshal(value)}
	return bagAttribute{ID: id, Values: set}
}

func certificateBag(cert *x509.Certificate, attributes []bagAttribute) safeBag {
	return newBag(oidCertBag, marshal(certBag{Type: oidX509Certificate, Value: cert.Raw}), attributes)
}

func newBag(id asn1.ObjectIdentifier, der []byte, attributes []bagAttribute) safeBag {
	bag := safeBag{ID: id, Value: explicit(der)}
	if len(attributes) > 0 {
		set, err := asn1.MarshalWithParams(attributes, "set")
		mustMarshal(err)
		bag.Attributes = asn1.RawValue{FullBytes: set}
	}
	return bag
}

// explicit puts der under [0].
func explicit(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}

// marshal encodes a structure of this package's own making, which cannot fail.
func marshal(value any) []byte {
	der, err := asn1.Marshal(value)
	mustMarshal(err)
	return der
}

func mustMarshal(err error) {
	if err != nil {
		panic("pki: encoding ASN.1: " + err.Error())
	}
}

func (w *pkcs12Writer) sealedSafe(bags []safeBag) (contentInfo, error) {
	algorithm, ciphertext, err := w.seal(marshal(bags))
	if err != nil {
		return contentInfo{}, err
	}
	data := encryptedData{ContentInfo: encryptedContentInfo{
		Type: oidData, Algorithm: algorithm,
		Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: ciphertext},
	}}
	return contentInfo{Type: oidEncryptedData, Content: explicit(marshal(data))}, nil
}

func (w *pkcs12Writer) keySafe(content PKCS12) (contentInfo, error) {
	der, err := MarshalPrivateKey(content.PrivateKey)
	if err != nil {
		return contentInfo{}, err
	}
	algorithm, ciphertext, err := w.seal(der)
	if err != nil {
		return contentInfo{}, err
	}
	shrouded := marshal(encryptedPrivateKeyInfo{Algorithm: algorithm, EncryptedData: ciphertext})
	bags := []safeBag{newBag(oidShroudedKeyBag, shrouded, content.attributes(content.Alias))}
	return dataOf(marshal(bags)), nil
}

func dataOf(der []byte) contentInfo {
	return contentInfo{Type: oidData, Content: explicit(marshal(der))}
}

// file puts the safes together under a MAC.
func (w *pkcs12Writer) file(safes []contentInfo) ([]byte, error) {
	salt, err := randomBytes(w.saltSize)
	if err != nil {
		return nil, err
	}
	return w.salted(marshal(safes), salt), nil
}

// salted puts an authenticated safe under a MAC whose salt is given.
func (w *pkcs12Writer) salted(authSafe, salt []byte) []byte {
	key := pkcs12KDF(w.macHash, bmpPassword(w.password), salt, forMAC, w.iterations, w.macHash().Size())
	h := hmac.New(w.macHash, key)
	h.Write(authSafe)
	return marshal(pfx{
		Version:  3,
		AuthSafe: dataOf(authSafe),
		MacData: macData{
			Mac:  digestInfo{pkix.AlgorithmIdentifier{Algorithm: w.macOID, Parameters: asn1.NullRawValue}, h.Sum(nil)},
			Salt: salt, Iterations: w.iterations,
		},
	})
}
