package engine

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// placeOf is a connector's place without content: enough to look or to remove.
func placeOf(connector clm.Connector, place clm.FileSystem) clm.FileSet {
	return clm.FileSet{
		Owner:     connector.ID,
		Directory: place.Directory,
		Claimed:   connector.Ours(place),
		Files:     filesOf(place, nil, nil, nil),
	}
}

// filesOf lays out a certificate in PEM files: the leaf, its key, and the CAs
// above it, issuer first, root last. Without a chain file the certificate file
// carries the intermediates too, but never the root: a client has to have that.
func filesOf(place clm.FileSystem, leaf, key, chain []byte) []clm.File {
	files := []clm.File{{Name: place.CertificateFile, Content: leaf}}
	if place.KeyFile != "" {
		files = append(files, clm.File{Name: place.KeyFile, Content: key, Secret: true})
	}
	if place.ChainFile != "" {
		files = append(files, clm.File{Name: place.ChainFile, Content: chain})
	}
	return files
}

// pemOf renders the public files of a version.
func pemOf(place clm.FileSystem, v clm.Version) (leaf, chain []byte, err error) {
	certificates, err := parseAll(append([][]byte{v.Certificate}, v.Chain...))
	if err != nil {
		return nil, nil, err
	}
	served := certificates[:1]
	if place.ChainFile == "" {
		served = withoutRoot(certificates)
	}
	return pki.EncodeCertificates(served...), pki.EncodeCertificates(certificates[1:]...), nil
}

func parseAll(ders [][]byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for _, der := range ders {
		certificate, err := pki.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		all = append(all, certificate)
	}
	return all, nil
}

// withoutRoot drops the root that ends a chain, if one does: a slot may hold an
// intermediate whose root is kept elsewhere.
func withoutRoot(chain []*x509.Certificate) []*x509.Certificate {
	last := chain[len(chain)-1]
	if len(chain) > 1 && bytes.Equal(last.RawSubject, last.RawIssuer) {
		return chain[:len(chain)-1]
	}
	return chain
}

// fileSet is everything a connector should keep for a version.
func fileSet(connector clm.Connector, v clm.Version, key crypto.Signer) (clm.FileSet, error) {
	set := placeOf(connector, connector.FileSystem)
	leaf, chain, err := pemOf(connector.FileSystem, v)
	if err != nil {
		return set, err
	}
	var secret []byte
	if connector.FileSystem.KeyFile != "" {
		if secret, err = pki.EncodePrivateKey(key); err != nil {
			return set, err
		}
	}
	set.Files = filesOf(connector.FileSystem, leaf, secret, chain)
	return set, nil
}

func digestsOf(set clm.FileSet) map[string]string {
	digests := make(map[string]string, len(set.Files))
	for _, file := range set.Files {
		digests[file.Name] = digestOf(file.Content)
	}
	return digests
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
