package pki

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// These files no honest program writes, so the tests put them together from the writer's own parts.

func selfSigned(t testing.TB) PKCS12 {
	t.Helper()
	key, err := GenerateKey(KeySpec{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cert, err := CreateRoot(RootRequest{Subject: Subject{CommonName: "hostile"}, Validity: 24 * time.Hour, NotBefore: start}, key)
	if err != nil {
		t.Fatal(err)
	}
	return PKCS12{PrivateKey: key, Certificate: cert}
}

func newWriter(t testing.TB, profile PKCS12Profile) *pkcs12Writer {
	t.Helper()
	w, err := newPKCS12Writer("right", profile)
	if err != nil {
		t.Fatal(err)
	}
	w.iterations = 10
	return w
}

func fileOf(t testing.TB, w *pkcs12Writer, safes ...contentInfo) []byte {
	t.Helper()
	data, err := w.file(safes)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sealed(t testing.TB, w *pkcs12Writer, bags ...safeBag) contentInfo {
	t.Helper()
	safe, err := w.sealedSafe(bags)
	if err != nil {
		t.Fatal(err)
	}
	return safe
}

func wantRefusal(t *testing.T, data []byte, code Code, text string) {
	t.Helper()
	started := time.Now()
	_, err := DecodePKCS12(data, "right")
	if CodeOf(err) != code || err.Error() != text {
		t.Errorf("got  %s: %v\nwant %s: %s", CodeOf(err), err, code, text)
	}
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("refusing took %s", took)
	}
}

const tooManyIterations = "the PKCS#12 file asks for more than 10000000 iterations of key derivation: export it again with fewer iterations"

func TestHostileIterations(t *testing.T) {
	t.Parallel()
	pbkdf2Of := func(iterations, keyLength int) pkix.AlgorithmIdentifier {
		return algorithmOf(oidPBKDF2, pbkdf2Parameters{Salt: []byte("salt"), Iterations: iterations, KeyLength: keyLength})
	}
	aes := algorithmOf(oidAES256CBC, make([]byte, 16))
	scryptOf := func(n, r, p int) pkix.AlgorithmIdentifier {
		return algorithmOf(oidPBES2, pbes2Parameters{algorithmOf(oidScrypt, scryptParameters{Salt: []byte("salt"), N: n, R: r, P: p}), aes})
	}
	scryptMemory := "the PKCS#12 file asks scrypt for more than 256 MiB of memory: export it again with a cheaper key derivation"
	for name, tt := range map[string]struct {
		algorithm pkix.AlgorithmIdentifier
		code      Code
		text      string
	}{
		"3DES":               {algorithmOf(oidTripleDES, pbeParameters{[]byte("salt"), 1 << 40}), Unsupported, tooManyIterations},
		"PBKDF2":             {algorithmOf(oidPBES2, pbes2Parameters{pbkdf2Of(maxIterations+1, 0), aes}), Unsupported, tooManyIterations},
		"none":               {algorithmOf(oidPBES2, pbes2Parameters{pbkdf2Of(0, 0), aes}), Malformed, "the PKCS#12 file is damaged: a key derivation has no iterations"},
		"negative":           {algorithmOf(oidTripleDES, pbeParameters{[]byte("salt"), -1}), Malformed, "the PKCS#12 file is damaged: a key derivation has no iterations"},
		"key length":         {algorithmOf(oidPBES2, pbes2Parameters{pbkdf2Of(1, 1<<30), aes}), Malformed, "the PKCS#12 file is damaged: a derived key has an impossible length"},
		"another key length": {algorithmOf(oidPBES2, pbes2Parameters{pbkdf2Of(1, 16), aes}), Malformed, "the PKCS#12 file is damaged: the derived key does not fit the cipher"},
		"scrypt memory":      {scryptOf(1<<57, 8, 1), Unsupported, scryptMemory},
		"scrypt block":       {scryptOf(2, 1<<57, 1), Unsupported, scryptMemory},
		"scrypt parallel":    {scryptOf(2, 1, 1<<40), Unsupported, scryptMemory},
		"scrypt time":        {scryptOf(1<<20, 2, 64), Unsupported, tooManyIterations},
		"scrypt impossible":  {scryptOf(3, 1, 1), Malformed, "the PKCS#12 file is damaged: impossible scrypt parameters"},
		"unknown scheme": {algorithmOf(oidData, 1), Unsupported,
			"the PKCS#12 file uses an unknown encryption scheme (1.2.840.113549.1.7.1): export it again with AES-256 and SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t, PKCS12Modern)
			w.seal = func([]byte) (pkix.AlgorithmIdentifier, []byte, error) { return tt.algorithm, make([]byte, 16), nil }
			wantRefusal(t, fileOf(t, w, sealed(t, w)), tt.code, tt.text)
		})
	}
}

// The cap holds for the file as a whole: a thousand bags must not cost a thousand times as much.
func TestHostileIterationsInTotal(t *testing.T) {
	t.Parallel()
	r := pkcs12Reader{iterations: maxTotalIterations}
	for range 2 {
		if err := r.spend(maxIterations); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.spend(1); err == nil || err.Error() != tooManyIterations {
		t.Errorf("got %v", err)
	}
}

func TestHostileMAC(t *testing.T) {
	t.Parallel()
	hmacSHA256 := pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256}
	pbmac1Of := func(keyLength int) pkix.AlgorithmIdentifier {
		return algorithmOf(oidPBMAC1, pbes2Parameters{algorithmOf(oidPBKDF2, pbkdf2Parameters{Salt: []byte("salt"), Iterations: 1, KeyLength: keyLength}), hmacSHA256})
	}
	for name, tt := range map[string]struct {
		mac  macData
		code Code
		text string
	}{
		"iterations": {macData{digestInfo{hmacOf("1.3.14.3.2.26"), []byte("x")}, nil, 1 << 40}, Unsupported, tooManyIterations},
		"unknown": {macData{digestInfo{pkix.AlgorithmIdentifier{Algorithm: oidData}, []byte("x")}, nil, 2}, Unsupported,
			"the PKCS#12 file uses an unknown MAC (1.2.840.113549.1.7.1): export it again with AES-256 and SHA-256"},
		"PBMAC1 without key length": {macData{digestInfo{pbmac1Of(0), []byte("x")}, nil, 2}, Malformed, "the PKCS#12 file is damaged: the key of the MAC is too short"},
		"PBMAC1 not matching":       {macData{digestInfo{pbmac1Of(32), []byte("x")}, nil, 2}, IncorrectPassword, "the password does not open the PKCS#12 file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, marshal(pfx{Version: 3, AuthSafe: dataOf(marshal([]contentInfo{})), MacData: tt.mac}), tt.code, tt.text)
		})
	}
}

func hmacOf(oid string) pkix.AlgorithmIdentifier {
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(oid, ".") {
		n := 0
		for _, digit := range part {
			n = 10*n + int(digit-'0')
		}
		id = append(id, n)
	}
	return pkix.AlgorithmIdentifier{Algorithm: id}
}

func TestHostileStructure(t *testing.T) {
	t.Parallel()
	w := newWriter(t, PKCS12Legacy)
	content := selfSigned(t)
	other := newWriter(t, PKCS12Legacy)
	other.password = "other"
	nested := newBag(oidSafeContentsBag, marshal([]safeBag{}), nil)
	for range maxNesting + 2 {
		nested = newBag(oidSafeContentsBag, marshal([]safeBag{nested}), nil)
	}
	damagedCert := newBag(oidCertBag, marshal(certBag{Type: oidX509Certificate, Value: content.Certificate.Raw[:50]}), nil)
	short := func([]byte) (pkix.AlgorithmIdentifier, []byte, error) {
		return algorithmOf(oidTripleDES, pbeParameters{[]byte("salt"), 1}), make([]byte, 15), nil
	}
	shortWriter := newWriter(t, PKCS12Legacy)
	shortWriter.seal = short
	for name, tt := range map[string]struct {
		data []byte
		code Code
		text string
	}{
		"version":         {marshal(pfx{Version: 4, AuthSafe: dataOf(nil)}), Unsupported, "the PKCS#12 file has version 4, not 3"},
		"signed":          {marshal(pfx{Version: 3, AuthSafe: contentInfo{Type: oidSignedData, Content: explicit(marshal(1))}}), Unsupported, "the PKCS#12 file is protected by a signature, not a password: export it again protected by a password"},
		"enveloped":       {fileOf(t, w, contentInfo{Type: oidEnvelopedData, Content: explicit(marshal(1))}), Unsupported, "part of the PKCS#12 file is encrypted to a public key: export it again protected by a password"},
		"unknown part":    {fileOf(t, w, contentInfo{Type: oidKeyBag, Content: explicit(marshal(1))}), Unsupported, "the PKCS#12 file has a part of unknown type 1.2.840.113549.1.12.10.1.1"},
		"nested":          {fileOf(t, w, dataOf(marshal([]safeBag{nested}))), Malformed, "the PKCS#12 file is damaged: the ASN.1 is nested more than 64 deep"},
		"a broken one":    {fileOf(t, w, dataOf(marshal([]safeBag{damagedCert}))), Malformed, "certificate 1 in the PKCS#12 file cannot be parsed: x509: malformed certificate"},
		"an odd length":   {fileOf(t, w, sealed(t, shortWriter)), Malformed, "the PKCS#12 file is damaged: a ciphertext or its initialization vector has an impossible length"},
		"second password": {fileOf(t, w, sealed(t, other, certificateBag(content.Certificate, nil))), IncorrectPassword, "part of the PKCS#12 file is encrypted with another password, or damaged: export it again with one password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, tt.data, tt.code, tt.text)
		})
	}
}

// What honest writers may do and OpenSSL does not: nested safes, scrypt, unknown bags, two keys, octet strings in pieces.
func TestUnusualStructure(t *testing.T) {
	t.Parallel()
	w := newWriter(t, PKCS12Legacy)
	content, second := selfSigned(t), selfSigned(t)
	keyDER, err := MarshalPrivateKey(content.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	secondDER, err := MarshalPrivateKey(second.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := certificateBag(content.Certificate, nil), newBag(oidKeyBag, keyDER, nil)
	nested := newBag(oidSafeContentsBag, marshal([]safeBag{cert, key}), nil)
	unknown := newBag(oidData, marshal(1), nil)
	sdsi := newBag(oidCertBag, marshal(certBag{Type: oidData, Value: []byte("x")}), nil)
	badAlias := certificateBag(content.Certificate, []bagAttribute{attribute12(oidFriendlyName, "not BMP")})
	orphan := newBag(oidKeyBag, secondDER, nil)
	for name, bags := range map[string][]safeBag{
		"nested": {nested}, "unknown bag": {unknown, cert, key}, "other certificate type": {sdsi, cert, key},
		"odd alias": {badAlias, key}, "repeated": {cert, key, cert}, "a key without certificate first": {orphan, cert, key},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodePKCS12(fileOf(t, w, dataOf(marshal(bags))), "right")
			if err != nil {
				t.Fatal(err)
			}
			if CheckKeyPair(content.Certificate, got.PrivateKey) != nil || !got.Certificate.Equal(content.Certificate) || len(got.Chain) != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// No program writes scrypt into PKCS#12, but OpenSSL shrouds PKCS#8 with it, which is the same bag.
func TestScryptFromOpenSSL(t *testing.T) {
	t.Parallel()
	content := selfSigned(t)
	pem, err := EncodePrivateKey(content.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("openssl", "pkcs8", "-topk8", "-scrypt", "-passout", "pass:right", "-outform", "DER")
	cmd.Stdin = bytes.NewReader(pem)
	shrouded, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(t, PKCS12Modern)
	bags := []safeBag{certificateBag(content.Certificate, nil), newBag(oidShroudedKeyBag, shrouded, nil)}
	got, err := DecodePKCS12(fileOf(t, w, dataOf(marshal(bags))), "right")
	if err != nil || CheckKeyPair(content.Certificate, got.PrivateKey) != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Each octet of the padding counts (RFC 8018, section 6.1.1), or one wrong password in 32 would pass for a right one.
func TestOpenCBCPadding(t *testing.T) {
	t.Parallel()
	block, err := des.NewTripleDESCipher([]byte("0123456789abcdefghijklmn"))
	if err != nil {
		t.Fatal(err)
	}
	for padded, want := range map[string]string{
		"abcdef\x02\x02": "abcdef", "\x08\x08\x08\x08\x08\x08\x08\x08": "", "abcdefg\x01": "abcdefg",
		"abcdef\x01\x02": "refused", "abcdefg\x00": "refused", "abcdefg\x09": "refused", "\x08\x08\x08\x08\x07\x08\x08\x08": "refused",
	} {
		ciphertext, iv := make([]byte, 8), make([]byte, 8)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, []byte(padded))
		plain, err := openCBC(block, iv, ciphertext)
		if refused := errors.Is(err, errDecrypt); refused != (want == "refused") || !refused && string(plain) != want {
			t.Errorf("%q: got %q, %v", padded, plain, err)
		}
	}
}

// Old NSS handed PBES2 the BMP form of the password.
func TestBMPPasswordUnderPBES2(t *testing.T) {
	t.Parallel()
	content := selfSigned(t)
	w := newWriter(t, PKCS12Modern)
	w.password = string(bmpPassword("päss"))
	safe := sealed(t, w, certificateBag(content.Certificate, nil))
	w.password = "päss"
	got, err := DecodePKCS12(fileOf(t, w, safe), "päss")
	if err != nil || !got.Certificate.Equal(content.Certificate) {
		t.Errorf("got %+v, %v", got, err)
	}
}
