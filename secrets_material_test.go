package main_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/ssh"
)

// secret is something that may be nowhere but where it belongs.
type secret struct {
	name string
	raw  []byte
}

// randomText is a password nobody else has: 26 letters and digits.
func randomText() string { return rand.Text() }

// textSecret is a password or a passphrase, also as PKCS#12 spells it.
func textSecret(name, text string) []secret {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit>>8), byte(unit))
	}
	return []secret{{name, []byte(text)}, {name + " in UTF-16", wide}}
}

// keySecrets is everything that gives away a private key: its numbers, every
// encoding of it, and the lines of its PEM texts.
func keySecrets(t *testing.T, name string, pkcs8 []byte) []secret {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	encodings := map[string][]byte{"PRIVATE KEY": pkcs8}
	numbers := map[string][]byte{}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		encodings["RSA PRIVATE KEY"] = x509.MarshalPKCS1PrivateKey(key)
		numbers["d"], numbers["p"], numbers["q"] = key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()
		numbers["dp"], numbers["dq"], numbers["qinv"] = key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes()
	case *ecdsa.PrivateKey:
		if encodings["EC PRIVATE KEY"], err = x509.MarshalECPrivateKey(key); err == nil {
			numbers["scalar"], err = key.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
	case ed25519.PrivateKey:
		numbers["seed"] = key.Seed()
	default:
		t.Fatalf("%s is a %T", name, parsed)
	}
	var all []secret
	for number, raw := range numbers {
		all = append(all, secret{name + " " + number, raw})
	}
	for label, der := range encodings {
		all = append(all, secret{name + " DER " + label, der})
		all = append(all, pemLines(name, label, der, numbers)...)
	}
	return all
}

// pemLines are the lines of a PEM text that show a part of a secret number; the
// others may hold the public key alone.
func pemLines(name, label string, der []byte, numbers map[string][]byte) []secret {
	private := make([]bool, len(der))
	for _, raw := range numbers {
		if at := bytes.Index(der, raw); at >= 0 {
			for i := range raw {
				private[at+i] = true
			}
		}
	}
	var lines []secret
	body := strings.Split(string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})), "\n")
	for i, line := range body[1 : len(body)-2] {
		shown := 0
		for at := 48 * i; at < min(48*(i+1), len(der)); at++ {
			if private[at] {
				shown++
			}
		}
		if shown >= 12 {
			lines = append(lines, secret{fmt.Sprintf("%s PEM %s line %d", name, label, i+1), []byte(line)})
		}
	}
	return lines
}

// form is one way in which a secret could turn up.
type form struct {
	kind    string
	content []byte
}

// forms lists the ways in which a program prints or keeps bytes. Those of text
// are without spaces and punctuation, like the text they are looked for in.
func (s secret) forms() []form {
	var decimal, syntax strings.Builder
	for _, b := range s.raw {
		decimal.WriteString(strconv.Itoa(int(b)))
		fmt.Fprintf(&syntax, "0x%02x", b)
	}
	plain := hex.EncodeToString(s.raw)
	all := []form{
		{"hex", []byte(plain)}, {"HEX", []byte(strings.ToUpper(plain))},
		{"decimal bytes", []byte(decimal.String())}, {"Go bytes", []byte(syntax.String())},
	}
	for _, alphabet := range []struct {
		name     string
		encoding *base64.Encoding
	}{{"base64", base64.StdEncoding}, {"base64url", base64.URLEncoding}} {
		for before := range 3 {
			all = append(all, form{fmt.Sprintf("%s after %d bytes", alphabet.name, before), within(alphabet.encoding, s.raw, before)})
		}
	}
	return all
}

// within is the part of a base64 text that raw alone decides, when raw stands in
// something longer, after so many bytes modulo three.
func within(encoding *base64.Encoding, raw []byte, before int) []byte {
	text := encoding.EncodeToString(append(make([]byte, before), raw...))
	return []byte(text[(before*8+5)/6 : (before+len(raw))*8/6])
}

// squeezed is content without what programs put into the middle of a long text:
// line breaks, real or escaped, spaces and separators.
func squeezed(content []byte) []byte {
	out := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		switch b := content[i]; b {
		case ' ', '\t', '\n', '\r', ':', ',':
		case '\\':
			for i+1 < len(content) && content[i+1] == '\\' {
				i++
			}
			if i+1 < len(content) && (content[i+1] == 'n' || content[i+1] == 'r') {
				i++
			}
		default:
			out = append(out, b)
		}
	}
	return out
}

// scanner looks for many secrets at once.
type scanner struct{ raw, text needles }

// needles are found by their first eight bytes.
type needles map[[8]byte][]needle

type needle struct {
	content []byte
	what    string
}

func newScanner(t *testing.T, secrets []secret) scanner {
	t.Helper()
	s := scanner{needles{}, needles{}}
	for _, secret := range secrets {
		s.raw.add(t, secret.raw, secret.name)
		for _, form := range secret.forms() {
			s.text.add(t, form.content, secret.name+" as "+form.kind)
		}
	}
	return s
}

func (n needles) add(t *testing.T, content []byte, what string) {
	t.Helper()
	if len(content) < 12 {
		t.Fatalf("%s has %d bytes: it would be found by accident", what, len(content))
	}
	start := [8]byte(content)
	n[start] = append(n[start], needle{content, what})
}

// find names the secrets that are in content.
func (s scanner) find(content []byte) []string {
	return append(s.raw.find(content), s.text.find(squeezed(content))...)
}

func (n needles) find(content []byte) (found []string) {
	for i := 0; i+8 <= len(content); i++ {
		for _, needle := range n[[8]byte(content[i:])] {
			if bytes.HasPrefix(content[i:], needle.content) {
				found = append(found, needle.what)
			}
		}
	}
	return found
}

// sshKeySecrets is what gives away a private key of ssh-keygen: the key, and the
// lines of its file that hold it. Those before are the same in its public half.
func sshKeySecrets(t *testing.T, file string) []secret {
	t.Helper()
	key, err := ssh.ParseRawPrivateKey([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(*key.(*ed25519.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	all := keySecrets(t, "SSH key", pkcs8)
	for i, line := range strings.Split(file, "\n")[3:5] {
		all = append(all, secret{fmt.Sprintf("SSH key file line %d", i+3), []byte(line)})
	}
	return all
}
