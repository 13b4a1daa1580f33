package pki

import (
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // for the hash of signatures that are only ordered by, never trusted
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	"crypto/x509"
)

// weakHashes are the hashes whose signatures crypto/x509 refuses to verify.
var weakHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.MD5WithRSA:    crypto.MD5,
	x509.SHA1WithRSA:   crypto.SHA1,
	x509.ECDSAWithSHA1: crypto.SHA1,
}

// verifiesUnder reports whether cert's signature was made by signer's key, MD5 and SHA-1 included. It says where a
// certificate belongs, not that it may be trusted.
func verifiesUnder(cert, signer *x509.Certificate) bool {
	hash, weak := weakHashes[cert.SignatureAlgorithm]
	if !weak {
		return signer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
	}
	digest := hash.New()
	digest.Write(cert.RawTBSCertificate)
	switch pub := signer.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(pub, hash, digest.Sum(nil), cert.Signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(pub, digest.Sum(nil), cert.Signature)
	}
	return false
}
