package pki

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"hash"
	"strings"
	"unicode/utf16"
)

// Purposes of a derived key, RFC 7292, appendix B.3.
const (
	forKey byte = 1
	forIV  byte = 2
	forMAC byte = 3
)

// pkcs12KDF is RFC 7292, appendix B.2. The password is in the form that bmpPassword gives it.
func pkcs12KDF(newHash func() hash.Hash, password, salt []byte, purpose byte, iterations, size int) []byte {
	h := newHash()
	v := h.BlockSize()
	diversifier := bytes.Repeat([]byte{purpose}, v)
	input := append(fill(salt, v), fill(password, v)...)
	var out []byte
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		if out = append(out, a...); len(out) >= size {
			return out[:size]
		}
		addToBlocks(input, fill(a, v)[:v])
	}
}

// fill repeats b up to the next multiple of v; nothing stays nothing.
func fill(b []byte, v int) []byte {
	size := (len(b) + v - 1) / v * v
	out := make([]byte, 0, size)
	for len(out) < size {
		out = append(out, b[:min(len(b), size-len(out))]...)
	}
	return out
}

// addToBlocks adds b + 1 to each block of input, as big-endian numbers modulo the block size.
func addToBlocks(input, b []byte) {
	for block := input; len(block) > 0; block = block[len(b):] {
		carry := 1
		for i := len(b) - 1; i >= 0; i-- {
			carry += int(block[i]) + int(b[i])
			block[i] = byte(carry)
			carry >>= 8
		}
	}
}

// bmpPassword is the form that RFC 7292, appendix B.1, gives a password: UTF-16, big-endian, with a final zero.
func bmpPassword(password string) []byte { return append(toBMP(password), 0, 0) }

func toBMP(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}

// bmpForms are the forms in which writers pass a password to pkcs12KDF, most likely first. They disagree on the empty one
// (OpenSSL alone writes either), and OpenSSL before 1.1 widened the bytes of UTF-8 instead of decoding them.
func bmpForms(password string) [][]byte {
	forms := [][]byte{bmpPassword(password)}
	if password == "" {
		return append(forms, nil)
	}
	if !isASCII(password) {
		forms = append(forms, bmpPassword(widened(password)))
	}
	return forms
}

// widened makes each byte a character.
func widened(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// byteForms are the forms in which writers pass a password to PBKDF2 and scrypt. RFC 8018 leaves it open; UTF-8 is what
// became of it, old Java took Latin-1, old NSS the BMP form.
func byteForms(password string) [][]byte {
	forms := [][]byte{[]byte(password)}
	if latin, ok := latin1(password); ok && !isASCII(password) {
		forms = append(forms, latin)
	}
	if password == "" || !isASCII(password) {
		forms = append(forms, bmpPassword(password))
	}
	return forms
}

func latin1(s string) ([]byte, bool) {
	var out []byte
	for _, r := range s {
		if r > 0xff {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

// hashByOID knows the digests of RFC 7292 MACs and, by the HMAC's own identifiers, of PBKDF2 and PBMAC1.
var hashByOID = map[string]func() hash.Hash{
	"1.3.14.3.2.26":          sha1.New,
	"2.16.840.1.101.3.4.2.4": sha256.New224,
	"2.16.840.1.101.3.4.2.1": sha256.New,
	"2.16.840.1.101.3.4.2.2": sha512.New384,
	"2.16.840.1.101.3.4.2.3": sha512.New,
	"2.16.840.1.101.3.4.2.5": sha512.New512_224,
	"2.16.840.1.101.3.4.2.6": sha512.New512_256,
	"1.2.840.113549.2.5":     md5.New,
}

var hmacByOID = map[string]func() hash.Hash{
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
	"1.2.840.113549.2.12": sha512.New512_224,
	"1.2.840.113549.2.13": sha512.New512_256,
}

func unknownAlgorithm(what string, oid asn1.ObjectIdentifier) error {
	return refuse(Unsupported, pfxField, "export it again with AES-256 and SHA-256", "the PKCS#12 file uses an unknown %s (%s)", what, oid)
}
