package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
)

const secretText = "-----BEGIN PRIVATE KEY----- not really"

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	s, err := seal.CreateKeyFile(filepath.Join(t.TempDir(), "estate.key"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sealed(t testing.TB, s *seal.Sealer, id string, plain []byte) []byte {
	t.Helper()
	blob, err := s.Seal(id, plain)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// refused checks that a blob does not open and that the error names the id and
// nothing of the secret.
func refused(t testing.TB, s *seal.Sealer, id string, blob []byte) {
	t.Helper()
	plain, err := s.Open(id, blob)
	var ours *clm.Error
	if !errors.As(err, &ours) || ours.Kind != clm.KindUnavailable {
		t.Fatalf("opening gave %q and the error %v, want one of kind unavailable", plain, err)
	}
	if !strings.Contains(err.Error(), id) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("the error %q must name the id and nothing of the secret", err)
	}
}

func TestSealedSecretsOpen(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	large := make([]byte, 1<<20)
	rand.Read(large)
	for _, plain := range [][]byte{nil, {0}, []byte(secretText), large} {
		blob := sealed(t, s, "key-1", plain)
		if len(plain) > 8 && bytes.Contains(blob, plain[:8]) {
			t.Error("the sealed form shows the secret")
		}
		got, err := s.Open("key-1", blob)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("a secret of %d bytes came back as %d bytes, error %v", len(plain), len(got), err)
		}
	}
}

func TestTheSameSecretNeverLooksTheSame(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	one, two := sealed(t, s, "key-1", []byte(secretText)), sealed(t, s, "key-1", []byte(secretText))
	for at := 1; at+12 <= len(one); at++ { // behind the format: wrapped key, nonces and text
		if bytes.Equal(one[at:at+12], two[at:at+12]) {
			t.Fatalf("12 bytes at %d are the same twice", at)
		}
	}
}

func TestEveryTamperedByteIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	blob := sealed(t, s, "key-1", []byte(secretText))
	for at := range blob {
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			tampered := bytes.Clone(blob)
			tampered[at] ^= mask
			refused(t, s, "key-1", tampered)
		}
		refused(t, s, "key-1", blob[:at])
	}
	refused(t, s, "key-1", append(bytes.Clone(blob), 0))
}

func TestASecretOpensOnlyUnderItsID(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	one, two := sealed(t, s, "key-1", []byte(secretText)), sealed(t, s, "key-2", []byte("another"))
	refused(t, s, "key-2", one)
	refused(t, s, "key-1", two)
	const wrapped = 1 + 12 + 32 + 16
	refused(t, s, "key-1", append(bytes.Clone(one[:wrapped]), two[wrapped:]...))
	refused(t, s, "key-1", append(bytes.Clone(two[:wrapped]), one[wrapped:]...))
}

func TestRewrappingChangesTheKeyAndNothingElse(t *testing.T) {
	t.Parallel()
	old, next := newSealer(t), newSealer(t)
	blob := sealed(t, old, "key-1", []byte(secretText))
	rewrapped, err := old.Rewrap("key-1", blob, next)
	if err != nil {
		t.Fatal(err)
	}
	const wrapped = 1 + 12 + 32 + 16
	if !bytes.Equal(rewrapped[wrapped:], blob[wrapped:]) {
		t.Error("the secret was encrypted again")
	}
	if plain, err := next.Open("key-1", rewrapped); err != nil || string(plain) != secretText {
		t.Errorf("the next key opens it as %q, error %v", plain, err)
	}
	refused(t, old, "key-1", rewrapped)
	refused(t, next, "key-1", blob)

	for id, spoilt := range map[string][]byte{"key-1": blob[:20], "key-2": blob} {
		if _, err := old.Rewrap(id, spoilt, next); clm.KindOf(err) != clm.KindUnavailable {
			t.Errorf("rewrapping what does not open gave the error %v", err)
		}
	}
}

func TestAProofTellsTheKeysApart(t *testing.T) {
	t.Parallel()
	s, other := newSealer(t), newSealer(t)
	proof, err := s.Proof()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(proof); err != nil {
		t.Errorf("the right key is refused: %v", err)
	}
	for _, wrong := range []error{other.Check(proof), s.Check(""), s.Check("?"), s.Check(proof[:20])} {
		var ours *clm.Error
		if !errors.As(wrong, &ours) || ours.Kind != clm.KindUnavailable {
			t.Fatalf("error is %v, want one of kind unavailable", wrong)
		}
		if !strings.Contains(ours.Message, "does not open this estate") {
			t.Errorf("the message %q does not say what is wrong", ours.Message)
		}
		for _, setting := range []string{"key_file", "CLM_KEY_FILE", "passphrase", "CLM_PASSPHRASE"} {
			if !strings.Contains(ours.Hint, setting) {
				t.Errorf("the hint %q does not name %s", ours.Hint, setting)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := newSealer(f)
	blob := sealed(f, s, "key-1", []byte(secretText))
	f.Add("key-1", blob)
	f.Add("key-2", blob)
	f.Add("", []byte{})
	f.Add("key-1", blob[:61])
	f.Add("key-1", append([]byte{2}, blob[1:]...))
	f.Fuzz(func(t *testing.T, id string, data []byte) {
		plain, err := s.Open(id, data)
		authentic := id == "key-1" && bytes.Equal(data, blob)
		if authentic != (err == nil) || authentic != (string(plain) == secretText) {
			t.Errorf("opening %q gave %q, error %v", id, plain, err)
		}
		if _, err := s.Rewrap(id, data, s); err == nil && !bytes.Equal(data[:min(61, len(data))], blob[:61]) {
			t.Error("what was never sealed was rewrapped")
		}
	})
}
