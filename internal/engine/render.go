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
	mode, _ := place.SecretMode() // it was checked when the connector was written
	set := clm.FileSet{
		Owner: connector.ID, Directory: place.Place(), Claimed: connector.Ours(place), Overwrite: connector.Settings().Overwrite,
		User: place.Owner, Group: place.Group, SecretMode: mode,
	}
	for _, name := range place.FileNames() {
		set.Files = append(set.Files, clm.File{Name: name, Secret: name == place.KeyFile || name == place.StoreFile})
	}
	return set
}

// rendering is a version as a connector wants to have it.
type rendering struct {
	place     clm.FileSystem
	alias     string
	certs     []*x509.Certificate // the leaf and all above it
	served    []*x509.Certificate // what is to be sent to clients
	key       crypto.Signer       // nil: the place holds none
	passwords clm.StorePasswords
}

func renderingOf(connector clm.Connector, name string, v clm.Version) (r rendering, err error) {
	r = rendering{place: connector.FileSystem, alias: connector.FileSystem.Alias}
	if r.alias == "" {
		r.alias = name
	}
	if r.certs, err = parseAll(append([][]byte{v.Certificate}, v.Chain...)); err != nil {
		return r, err
	}
	if r.served = r.certs[:1]; connector.Settings().IncludeChain && r.place.ChainFile == "" {
		r.served = withoutRoot(r.certs)
	}
	return r, nil
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
// intermediate whose root is kept elsewhere. A client has to have the root.
func withoutRoot(chain []*x509.Certificate) []*x509.Certificate {
	last := chain[len(chain)-1]
	if len(chain) > 1 && bytes.Equal(last.RawSubject, last.RawIssuer) {
		return chain[:len(chain)-1]
	}
	return chain
}

// public are the files without a secret, which are the same every time.
func (r rendering) public() (map[string][]byte, error) {
	files := map[string][]byte{}
	var err error
	switch r.place.Format {
	case clm.FormatDER:
		files[r.place.CertificateFile] = r.certs[0].Raw
	case clm.FormatPKCS7:
		files[r.place.CertificateFile], err = pki.EncodePKCS7PEM(r.served...)
	case clm.FormatPKCS12, clm.FormatJKS:
	default:
		files[r.place.CertificateFile] = pki.EncodeCertificates(r.served...)
	}
	if r.place.ChainFile != "" {
		files[r.place.ChainFile] = pki.EncodeCertificates(r.certs[1:]...)
	}
	return files, err
}

// secret is the file with the private key. A key store differs every time.
func (r rendering) secret() (name string, content []byte, err error) {
	switch {
	case r.place.Format.IsStore():
		content, err = r.store()
		return r.place.StoreFile, content, err
	case r.place.KeyFile == "":
		return "", nil, nil
	case r.place.Format == clm.FormatDER:
		content, err = pki.MarshalPrivateKey(r.key)
	default:
		content, err = pki.EncodePrivateKey(r.key)
	}
	if r.place.OneFile() {
		content = append(pki.EncodeCertificates(r.served...), content...)
	}
	return r.place.KeyFile, content, err
}

func (r rendering) store() ([]byte, error) {
	trusted, err := pki.TrustChain(r.certs[1:], r.place.RootAlias, r.place.IntermediateAliases)
	if err != nil {
		return nil, inField("file_system", invalid("", err))
	}
	entry := pki.KeyEntry{Alias: r.alias, Key: r.key, Certificate: r.certs[0], Chain: r.served[1:], Trusted: trusted}
	var content []byte
	if r.place.Format == clm.FormatJKS {
		keyPassword := r.passwords.KeyPassword
		if keyPassword == "" {
			keyPassword = r.passwords.Password
		}
		content, err = pki.EncodeKeyStoreJKS(entry, r.passwords.Password, keyPassword)
	} else {
		profile := pki.PKCS12Modern
		if r.place.PKCS12Profile == "legacy" {
			profile = pki.PKCS12Legacy
		}
		content, err = pki.EncodeKeyStorePKCS12(entry, r.passwords.Password, profile)
	}
	return content, inField("file_system", invalid("", err))
}

// fill puts the content into a set.
func (r rendering) fill(set *clm.FileSet) error {
	files, err := r.public()
	if err != nil {
		return err
	}
	name, content, err := r.secret()
	if err != nil {
		return err
	}
	files[name] = content
	for i, f := range set.Files {
		set.Files[i].Content = files[f.Name]
	}
	return nil
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
