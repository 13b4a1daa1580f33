package pki

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"errors"
)

const jksField = "jks"

// DecodeKeyStoreJKS tells what a JKS key store holds, save for the private keys: it needs no key's own password. Errors have
// one of these codes:
//
//   - incorrect_password (field password): the file is whole, and the password does not match its digest
//   - malformed: cut off, damaged, or not JKS
//   - unsupported: Java's other formats, a certificate that is not X.509 or that this product cannot read
//
// The format has nothing but the digest to tell a wrong password from a change that leaves the structure whole. Such a change
// is "malformed" if a certificate no longer parses or the password opens a key, and otherwise "incorrect_password".
func DecodeKeyStoreJKS(data []byte, password string) (*KeyStore, error) {
	if len(data) > maxPKCS12Size {
		return nil, refuse(Unsupported, jksField, "", "the file has %d bytes, more than a key store can need (%d)", len(data), maxPKCS12Size)
	}
	if !bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}) {
		return nil, notJKS(data)
	}
	// The structure is in the clear, so it is read before the password counts.
	entries, err := readJKS(data)
	if err != nil {
		return nil, err
	}
	store, parseErr := keyStoreOf(entries)
	if content := data[:len(data)-sha1.Size]; jksDigest(password, content) != [sha1.Size]byte(data[len(content):]) {
		return nil, mismatchedJKS(entries, password, parseErr)
	}
	return store, parseErr
}

// mismatchedJKS says why the digest does not match.
func mismatchedJKS(entries []jksEntry, password string, parseErr error) error {
	if parseErr != nil {
		return damagedJKS(parseErr)
	}
	for _, entry := range entries {
		if entry.tag == jksPrivateKey && opensJKSKey(entry.key, password) {
			return damagedJKS(errors.New("its digest does not match, and the password does"))
		}
	}
	return refuse(IncorrectPassword, storePasswordField, "", "the password does not open the key store")
}

func damagedJKS(cause error) error {
	return refuse(Malformed, jksField, "copy it again", "the key store is damaged or cut off: %w", cause)
}

func notJKS(data []byte) error {
	const convert = "convert it with: keytool -importkeystore -deststoretype JKS"
	switch {
	case len(data) == 0:
		return refuse(Malformed, jksField, "", "the key store is empty")
	case bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return refuse(Unsupported, jksField, convert, "the key store is of type JCEKS")
	case looksLikePKCS12(data):
		return refuse(Malformed, jksField, "read it as pkcs12", "the input is a PKCS#12 file, not JKS")
	}
	return refuse(Malformed, jksField, "", "the input is not a JKS key store")
}

// jksEntry is an entry whose parts are slices of the file.
type jksEntry struct {
	tag   uint32
	alias string
	key   []byte // protected
	certs []jksCertificate
}

type jksCertificate struct{ kind, der []byte }

// jksReader keeps its first error and yields zeros from there on.
type jksReader struct {
	rest []byte
	err  error
}

// readJKS reads as many entries as the file says it has, and has room for.
func readJKS(data []byte) ([]jksEntry, error) {
	r := &jksReader{rest: data[4:max(4, len(data)-sha1.Size)]}
	if version := r.number(); r.err == nil && version != jksVersion {
		return nil, refuse(Unsupported, jksField, "", "the key store has version %d, not %d", version, jksVersion)
	}
	var entries []jksEntry
	for left := r.number(); left > 0 && r.err == nil; left-- {
		entries = append(entries, r.entry())
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("bytes follow its last entry")
	}
	if r.err != nil {
		return nil, damagedJKS(r.err)
	}
	return entries, nil
}

func (r *jksReader) fail(text string) {
	if r.err == nil {
		r.err = errors.New(text)
	}
	r.rest = nil
}

func (r *jksReader) entry() jksEntry {
	entry := jksEntry{tag: r.number(), alias: r.alias()}
	r.take(8) // the date
	switch entry.tag {
	case jksPrivateKey:
		entry.key = r.take(uint64(r.number()))
		for left := r.number(); left > 0 && r.err == nil; left-- {
			entry.certs = append(entry.certs, r.certificate())
		}
	case jksTrustedCert:
		entry.certs = []jksCertificate{r.certificate()}
	default:
		r.fail("it has an entry of unknown kind")
	}
	return entry
}

func (r *jksReader) certificate() jksCertificate {
	kind := r.text()
	return jksCertificate{kind, r.take(uint64(r.number()))}
}

func (r *jksReader) alias() string {
	text, ok := textOfJKS(r.text())
	if !ok {
		r.fail("an alias is not text")
	}
	return text
}

func (r *jksReader) text() []byte {
	length := r.take(2)
	if r.err != nil {
		return nil
	}
	return r.take(uint64(binary.BigEndian.Uint16(length)))
}

func (r *jksReader) number() uint32 {
	digits := r.take(4)
	if r.err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(digits)
}

func (r *jksReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("it ends too early")
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func keyStoreOf(entries []jksEntry) (*KeyStore, error) {
	store := new(KeyStore)
	for _, entry := range entries {
		certs, err := entry.certificates()
		switch {
		case err != nil:
			return nil, err
		case entry.tag == jksTrustedCert:
			store.Trusted = append(store.Trusted, TrustedEntry{entry.alias, certs[0]})
		case len(certs) == 0: // Java allows a key without certificates
			store.Keys = append(store.Keys, KeyEntry{Alias: entry.alias})
		default:
			store.Keys = append(store.Keys, KeyEntry{Alias: entry.alias, Certificate: certs[0], Chain: certs[1:]})
		}
	}
	return store, nil
}

func (e jksEntry) certificates() ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for i, item := range e.certs {
		if string(item.kind) != jksCertType {
			return nil, refuse(Unsupported, jksField, "", "certificate %d of %q in the key store is of type %q, not %s", i+1, e.alias, item.kind, jksCertType)
		}
		cert, err := x509.ParseCertificate(item.der)
		if err != nil {
			return nil, refuse(Unsupported, jksField, "", "certificate %d of %q in the key store cannot be parsed: %w", i+1, e.alias, err)
		}
		out = append(out, cert)
	}
	return out, nil
}
