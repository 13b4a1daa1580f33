package pki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// OpenSSL and Java read the certificates, whatever the kind of key; OpenSSL in their order.
func TestEncodePKCS7(t *testing.T) {
	t.Parallel()
	certs := append(newServed(t, pki.KeySpec{}).all(), trusted(t)...)
	text := string(pki.EncodeCertificates(certs...))
	der, err := pki.EncodePKCS7(append(certs, certs[0])...)
	must(t, err)
	block, err := pki.EncodePKCS7PEM(certs...)
	must(t, err)
	for form, data := range map[string][]byte{"DER": der, "PEM": block} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			path := file(t, "bag.p7b", data)
			for _, command := range [][]string{{"pkcs7", "-print_certs"}, {"cms", "-cmsout", "-noout", "-certsout", "/dev/stdout"}} {
				if out := openssl(t, append(command, "-in", path, "-inform", form)...); !pki.SamePEM(out, text) {
					t.Errorf("openssl %s reads other certificates:\n%s", command[0], out)
				}
			}
			if out := run(t, "keytool", "-J-XX:TieredStopAtLevel=1", "-printcert", "-rfc", "-file", path); !pki.SamePEM(out, text) {
				t.Errorf("keytool reads other certificates:\n%s", out)
			}
			got, err := pki.DecodePKCS7(data)
			must(t, err)
			if !slices.EqualFunc(got, certs, (*x509.Certificate).Equal) {
				t.Errorf("we read %v", names(got))
			}
		})
	}
}

func TestEncodePKCS7Refuses(t *testing.T) {
	t.Parallel()
	_, err := pki.EncodePKCS7()
	wantError(t, err, pki.NoCertificate, "certificate_pem", "there is no certificate to write")
	_, err = pki.EncodePKCS7PEM(newRoot(t, "Root", pki.KeySpec{}).cert, nil)
	wantError(t, err, pki.NoCertificate, "certificate_pem", "certificate 2 of 2 is missing")
}

// fromOpenSSL is PKCS#7 in each of the ways that OpenSSL writes it; in all of them the certificates are those of s.
func fromOpenSSL(t testing.TB, s served) map[string][]byte {
	t.Helper()
	all, leaf := certFile(t, s.all()...), certFile(t, s.leaf)
	ways := map[string][]string{
		"DER":       {"crl2pkcs7", "-nocrl", "-certfile", all, "-outform", "DER"},
		"PEM":       {"crl2pkcs7", "-nocrl", "-certfile", all},
		"signed":    {"smime", "-sign", "-nodetach", "-outform", "DER", "-signer", leaf, "-inkey", keyFile(t, s.key), "-certfile", certFile(t, s.chain()...), "-in", all},
		"CMS":       {"cms", "-sign", "-nodetach", "-outform", "PEM", "-signer", leaf, "-inkey", keyFile(t, s.key), "-certfile", certFile(t, s.chain()...), "-in", all},
		"BER":       {"cms", "-sign", "-nodetach", "-stream", "-outform", "DER", "-signer", leaf, "-inkey", keyFile(t, s.key), "-certfile", certFile(t, s.chain()...), "-in", all},
		"by key id": {"cms", "-sign", "-keyid", "-outform", "DER", "-signer", leaf, "-inkey", keyFile(t, s.key), "-certfile", certFile(t, s.chain()...), "-in", all},
	}
	out := map[string][]byte{}
	for name, args := range ways {
		path := filepath.Join(t.TempDir(), "out")
		openssl(t, append(args, "-out", path)...)
		out[name] = read(t, path)
	}
	return out
}

func TestDecodePKCS7FromOpenSSL(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	files := fromOpenSSL(t, s)
	if !bytes.HasPrefix(files["BER"], []byte{0x30, 0x80}) {
		t.Error("the file meant to be BER is DER")
	}
	files["old PEM"] = bytes.ReplaceAll(files["PEM"], []byte("PKCS7-"), []byte("PKCS #7 SIGNED DATA-"))
	files["PEM from Windows"] = bytes.ReplaceAll(files["PEM"], []byte("\n"), []byte("\r\n"))
	files["a line end after"] = append(slices.Clone(files["DER"]), '\n')
	for name, data := range files {
		got, err := pki.DecodePKCS7(data)
		if err != nil || !slices.Equal(sorted(got), sorted(s.all())) {
			t.Errorf("%s: we read %v, %v", name, names(got), err)
		}
	}
}

// sorted are the fingerprints: a signer's certificate comes where OpenSSL likes.
func sorted(certs []*x509.Certificate) []string {
	var out []string
	for _, cert := range certs {
		out = append(out, pki.Fingerprint(cert.Raw))
	}
	slices.Sort(out)
	return out
}

func TestDecodePKCS7Refuses(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	whole, err := pki.EncodePKCS7(s.all()...)
	must(t, err)
	block, err := pki.EncodePKCS7PEM(s.all()...)
	must(t, err)
	sealed := filepath.Join(t.TempDir(), "sealed")
	openssl(t, "cms", "-encrypt", "-in", os.DevNull, "-outform", "DER", "-out", sealed, certFile(t, s.root.cert))
	bare := filepath.Join(t.TempDir(), "bare")
	openssl(t, "cms", "-sign", "-nocerts", "-in", os.DevNull, "-outform", "DER", "-signer", certFile(t, s.leaf), "-inkey", keyFile(t, s.key), "-out", bare)
	for name, tt := range map[string]struct {
		data []byte
		code pki.Code
		text string
	}{
		"empty":         {nil, pki.Malformed, "the PKCS#7 file is empty"},
		"an empty PEM":  {pem.EncodeToMemory(&pem.Block{Type: "PKCS7"}), pki.Malformed, "the PKCS#7 file is empty"},
		"random":        {[]byte("hello, world"), pki.Malformed, "the input is not a PKCS#7 file"},
		"base64":        {[]byte("MIIDQgIBAzCCAw"), pki.Malformed, "the input is not a PKCS#7 file: it is base64; decode it, or add the -----BEGIN PKCS7----- and -----END PKCS7----- lines"},
		"a certificate": {s.leaf.Raw, pki.Malformed, "the input is not a PKCS#7 file"},
		"other PEM":     {pki.EncodeCertificates(s.leaf), pki.Malformed, "the PEM text holds a CERTIFICATE, no PKCS7"},
		"cut off PEM":   {block[:len(block)-30], pki.Malformed, "the PEM text is damaged or cut off: copy it again, from -----BEGIN to -----END, with its line breaks"},
		"twice":         {slices.Concat(block, block), pki.Ambiguous, "one PKCS#7 block is expected, 2 are there: keep one"},
		"cut off":       {whole[:len(whole)-1], pki.Malformed, "the PKCS#7 file is damaged or cut off: copy it again"},
		"followed":      {append(whole[:len(whole):len(whole)], "more"...), pki.Malformed, "the PKCS#7 file is damaged or cut off: copy it again"},
		"encrypted":     {read(t, sealed), pki.Unsupported, "the PKCS#7 file holds content of type 1.2.840.113549.1.7.3, not certificates"},
		"a signature":   {read(t, bare), pki.NoCertificate, "the PKCS#7 file holds no certificate"},
		"too large":     {make([]byte, 16<<20+1), pki.Unsupported, "the file has 16777217 bytes, more than a PKCS#7 file can need (16777216)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.DecodePKCS7(tt.data)
			wantError(t, err, tt.code, "pkcs7", tt.text)
		})
	}
	// The parser's own words are not ours to hold.
	_, err = pki.DecodePKCS7(bytes.Replace(whole, s.middle.RawSubjectPublicKeyInfo[:4], s.middle.RawTBSCertificate[:4], 1))
	if pki.CodeOf(err) != pki.Malformed || !strings.Contains(err.Error(), "PKCS#7 file") {
		t.Errorf("a certificate that does not parse: %v", err)
	}
}
