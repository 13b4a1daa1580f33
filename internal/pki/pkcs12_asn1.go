package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
)

// The structures of RFC 7292, section 4, RFC 5652 and RFC 5958. Values of open types stay raw until their type is known.

type pfx struct {
	Version  int
	AuthSafe contentInfo
	MacData  macData `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type macData struct {
	Mac        digestInfo
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type encryptedData struct {
	Version     int
	ContentInfo encryptedContentInfo
}

type encryptedContentInfo struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Content   asn1.RawValue `asn1:"optional"` // [0] IMPLICIT OCTET STRING, in BER possibly in pieces
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes asn1.RawValue `asn1:"optional"`
}

type bagAttribute struct {
	ID     asn1.ObjectIdentifier
	Values asn1.RawValue
}

type certBag struct {
	Type  asn1.ObjectIdentifier
	Value []byte `asn1:"tag:0,explicit"`
}

type privateKeyInfo struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
	Attributes asn1.RawValue `asn1:"optional"`
	PublicKey  asn1.RawValue `asn1:"optional"`
}

type encryptedPrivateKeyInfo struct {
	Algorithm     pkix.AlgorithmIdentifier
	EncryptedData []byte
}

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidEnvelopedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}

	oidKeyBag          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidSafeContentsBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 6}

	oidX509Certificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidFriendlyName    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}
	oidLocalKeyID      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}

	// oidTrustedKeyUsage marks a certificate that Java's key stores are to list as trusted; its value says for what.
	oidTrustedKeyUsage = asn1.ObjectIdentifier{2, 16, 840, 1, 113894, 746875, 1, 1}
	oidAnyExtendedKey  = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

// unmarshal wants exactly one element.
func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		return errors.New("bytes follow the end of an ASN.1 element")
	}
	return err
}

// unmarshalBER is unmarshal for what may be BER.
func unmarshalBER(ber []byte, into any) error {
	der, rest, err := derOf(ber)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errors.New("bytes follow the end of an ASN.1 element")
	}
	return unmarshal(der, into)
}

// implicitOctets is the content of an octet string whose tag was replaced, in one piece or several.
func implicitOctets(value asn1.RawValue) ([]byte, error) {
	if !value.IsCompound {
		return value.Bytes, nil
	}
	var out []byte
	for rest := value.Bytes; len(rest) > 0; {
		var part []byte
		var err error
		if rest, err = asn1.Unmarshal(rest, &part); err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}
