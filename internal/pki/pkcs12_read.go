package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"unicode/utf16"
)

// pkcs12Reader collects what the bags of one file hold.
type pkcs12Reader struct {
	password   string
	verified   bool // a MAC vouches for the password
	iterations int  // of key derivation that the file may still cost
	keys       []pkcs12Key
	certs      []pkcs12Cert
}

type pkcs12Key struct {
	key   crypto.Signer
	alias string
}

type pkcs12Cert struct {
	cert  *x509.Certificate
	alias string
}

func damaged(cause error) error {
	return refuse(Malformed, pfxField, "", "the PKCS#12 file is damaged: %w", cause)
}

// read checks the MAC and opens every safe.
func (r *pkcs12Reader) read(file *pfx) error {
	if file.AuthSafe.Type.Equal(oidSignedData) {
		return refuse(Unsupported, pfxField, "export it again protected by a password", "the PKCS#12 file is protected by a signature, not a password")
	}
	authSafe, err := file.AuthSafe.octets()
	if err != nil {
		return damaged(err)
	}
	if len(file.MacData.Mac.Algorithm.Algorithm) > 0 {
		if err := r.checkMAC(file.MacData, authSafe); err != nil {
			return err
		}
	}
	var safes []contentInfo
	if err := unmarshalBER(authSafe, &safes); err != nil {
		return damaged(err)
	}
	for _, safe := range safes {
		if err := r.readSafe(safe); err != nil {
			return err
		}
	}
	return nil
}

// octets is the content of a ContentInfo of type data.
func (c contentInfo) octets() (out []byte, err error) {
	if !c.Type.Equal(oidData) {
		return nil, asn1.StructuralError{Msg: "content of type " + c.Type.String() + " where data is expected"}
	}
	err = unmarshal(c.Content.Bytes, &out)
	return out, err
}

func (r *pkcs12Reader) readSafe(safe contentInfo) error {
	switch {
	case safe.Type.Equal(oidData):
		content, err := safe.octets()
		if err != nil {
			return damaged(err)
		}
		var bags []safeBag
		if err := unmarshalBER(content, &bags); err != nil {
			return damaged(err)
		}
		return r.readBags(bags)
	case safe.Type.Equal(oidEncryptedData):
		return r.readEncryptedSafe(safe)
	case safe.Type.Equal(oidEnvelopedData):
		return refuse(Unsupported, pfxField, "export it again protected by a password", "part of the PKCS#12 file is encrypted to a public key")
	}
	return refuse(Unsupported, pfxField, "", "the PKCS#12 file has a part of unknown type %s", safe.Type)
}

func (r *pkcs12Reader) readEncryptedSafe(safe contentInfo) error {
	var data encryptedData
	if err := unmarshal(safe.Content.Bytes, &data); err != nil {
		return damaged(err)
	}
	ciphertext, err := implicitOctets(data.ContentInfo.Content)
	if err != nil {
		return damaged(err)
	}
	var bags []safeBag
	isBags := func(plain []byte) bool { bags = nil; return unmarshalBER(plain, &bags) == nil }
	if err := r.decrypt(data.ContentInfo.Algorithm, ciphertext, isBags); err != nil {
		return err
	}
	return r.readBags(bags)
}

func (r *pkcs12Reader) readBags(bags []safeBag) error {
	for _, bag := range bags {
		if err := r.readBag(bag); err != nil {
			return err
		}
	}
	return nil
}

// readBag passes over bags of CRLs, secrets and unknown types.
func (r *pkcs12Reader) readBag(bag safeBag) error {
	switch {
	case bag.ID.Equal(oidKeyBag):
		return r.addKey(bag.Value.Bytes, bag)
	case bag.ID.Equal(oidShroudedKeyBag):
		return r.readShroudedKey(bag)
	case bag.ID.Equal(oidCertBag):
		return r.readCert(bag)
	case bag.ID.Equal(oidSafeContentsBag):
		return r.readNested(bag)
	}
	return nil
}

// readNested comes back to itself no deeper than derOf let the safe around it be nested.
func (r *pkcs12Reader) readNested(bag safeBag) error {
	var bags []safeBag
	if err := unmarshal(bag.Value.Bytes, &bags); err != nil {
		return damaged(err)
	}
	return r.readBags(bags)
}

func (r *pkcs12Reader) readShroudedKey(bag safeBag) error {
	var shrouded encryptedPrivateKeyInfo
	if err := unmarshal(bag.Value.Bytes, &shrouded); err != nil {
		return damaged(err)
	}
	var der []byte
	isKey := func(plain []byte) bool {
		der = plain
		return unmarshalBER(plain, new(privateKeyInfo)) == nil
	}
	if err := r.decrypt(shrouded.Algorithm, shrouded.EncryptedData, isKey); err != nil {
		return err
	}
	return r.addKey(der, bag)
}

func (r *pkcs12Reader) addKey(ber []byte, bag safeBag) error {
	der, _, err := derOf(ber)
	if err != nil {
		return damaged(err)
	}
	key, err := parseKeyDER(der)
	if err != nil {
		return withField(err, pfxField)
	}
	r.keys = append(r.keys, pkcs12Key{key, bag.friendlyName()})
	return nil
}

func (r *pkcs12Reader) readCert(bag safeBag) error {
	var inner certBag
	if err := unmarshal(bag.Value.Bytes, &inner); err != nil {
		return damaged(err)
	}
	if !inner.Type.Equal(oidX509Certificate) {
		return nil
	}
	cert, err := x509.ParseCertificate(inner.Value)
	if err != nil {
		return refuse(Malformed, pfxField, "", "certificate %d in the PKCS#12 file cannot be parsed: %w", len(r.certs)+1, err)
	}
	r.certs = append(r.certs, pkcs12Cert{cert, bag.friendlyName()})
	return nil
}

// friendlyName is the bag's alias. Attributes that cannot be read do not spoil the bag.
func (b safeBag) friendlyName() string {
	var attributes []bagAttribute
	if _, err := asn1.UnmarshalWithParams(b.Attributes.FullBytes, &attributes, "set"); err != nil {
		return ""
	}
	for _, attribute := range attributes {
		var value asn1.RawValue
		if !attribute.ID.Equal(oidFriendlyName) {
			continue
		}
		if _, err := asn1.Unmarshal(attribute.Values.Bytes, &value); err == nil && value.Tag == asn1.TagBMPString {
			return fromBMP(value.Bytes)
		}
	}
	return ""
}

func fromBMP(bmp []byte) string {
	units := make([]uint16, len(bmp)/2)
	for i := range units {
		units[i] = uint16(bmp[2*i])<<8 | uint16(bmp[2*i+1])
	}
	return string(utf16.Decode(units))
}
