package seal_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
)

// TestMain lets the test binary be a process that creates a key file and prints
// the proof of its key.
func TestMain(m *testing.M) {
	if path := os.Getenv("SEAL_TEST_CREATE"); path != "" {
		s, err := seal.CreateKeyFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		proof, _ := s.Proof()
		fmt.Print(proof)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAKeyFileIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder", "estate.key")
	made, err := seal.CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(string(text), "\n")); err != nil || len(key) != 32 {
		t.Errorf("the file holds %d bytes, error %v; want 32 bytes as one line of base64", len(key), err)
	}
	wantMode(t, path, 0o600)
	wantMode(t, filepath.Dir(path), 0o700)
	wantAlone(t, path)

	read, err := seal.FromKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantSameKey(t, made, read, again)
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != want {
		t.Errorf("%s has the mode %04o, want %04o", path, info.Mode().Perm(), want)
	}
}

// wantAlone checks that no temporary file was left behind.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, error %v; want the key file alone", entries, err)
	}
}

func wantSameKey(t *testing.T, sealers ...*seal.Sealer) {
	t.Helper()
	proof, err := sealers[0].Proof()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sealers {
		if err := s.Check(proof); err != nil {
			t.Error(err)
		}
	}
}

// TestManyGoroutinesCreateOneKey often enough that, if it could go wrong, it
// would.
func TestManyGoroutinesCreateOneKey(t *testing.T) {
	t.Parallel()
	for range 25 {
		path := filepath.Join(t.TempDir(), "estate.key")
		sealers := make([]*seal.Sealer, 16)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range sealers {
			all.Go(func() {
				<-start
				s, err := seal.CreateKeyFile(path)
				if err != nil {
					t.Errorf("creating: %v", err)
				}
				sealers[i] = s
			})
		}
		close(start)
		all.Wait()
		if t.Failed() {
			return
		}
		wantSameKey(t, sealers...)
		wantAlone(t, path)
	}
}

func TestManyProcessesCreateOneKey(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(folder, "estate.key")
	proofs := make([]string, 8)
	var all sync.WaitGroup
	for i := range proofs {
		all.Go(func() {
			process := exec.Command(os.Args[0])
			process.Env = append(os.Environ(), "SEAL_TEST_CREATE="+path)
			out, err := process.Output()
			if err != nil {
				t.Errorf("creating in another process: %v", err)
			}
			proofs[i] = string(out)
		})
	}
	all.Wait()
	s, err := seal.FromKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range proofs {
		if err := s.Check(proof); err != nil {
			t.Error(err)
		}
	}
	wantAlone(t, path)
}

func TestUnusableKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, c := range map[string]struct {
		text string
		mode fs.FileMode
		want string // in the error
	}{
		"empty":          {"", 0o600, "does not hold a key"},
		"short":          {base64.StdEncoding.EncodeToString(make([]byte, 31)), 0o600, "does not hold a key"},
		"long":           {base64.StdEncoding.EncodeToString(make([]byte, 33)), 0o600, "does not hold a key"},
		"half-written":   {good[:30], 0o600, "does not hold a key"},
		"not base64":     {"{" + good[1:], 0o600, "does not hold a key"},
		"huge":           {strings.Repeat("A", 1<<20), 0o600, "does not hold a key"},
		"group-readable": {good, 0o640, "chmod 600"},
		"world-readable": {good, 0o604, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "estate.key")
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := seal.FromKeyFile(path)
			wantRefusal(t, err, path, c.want)
			if text := strings.TrimSpace(c.text); len(text) > 10 && strings.Contains(err.Error(), text[1:10]) {
				t.Errorf("the error %q shows the key", err)
			}
			_, err = seal.CreateKeyFile(path) // never makes another in its place
			wantRefusal(t, err, path, c.want)
		})
	}
}

func TestKeyFilesWithSpaceAroundTheKeyAreRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "estate.key")
	text := "\n " + base64.StdEncoding.EncodeToString(make([]byte, 32)) + " \r\n\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.FromKeyFile(path); err != nil {
		t.Error(err)
	}
}

func TestMissingAndUnmakeableKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	absent := filepath.Join(folder, "absent.key")
	_, err := seal.FromKeyFile(absent)
	wantRefusal(t, err, absent, "CLM_KEY_FILE")

	_, err = seal.FromKeyFile(folder)
	wantRefusal(t, err, folder, "")

	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = seal.CreateKeyFile(filepath.Join(file, "estate.key"))
	wantRefusal(t, err, file, "cannot be made")
}

func wantRefusal(t *testing.T, err error, path, words string) {
	t.Helper()
	var ours *clm.Error
	if !errors.As(err, &ours) || ours.Kind != clm.KindUnavailable || ours.Hint == "" {
		t.Fatalf("error is %v, want one of kind unavailable with a hint", err)
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), words) {
		t.Errorf("the error %q does not name %q and %q", err, path, words)
	}
}

func TestAPassphraseGivesTheSameKeyWithTheSameSalt(t *testing.T) {
	t.Parallel()
	salt, err := seal.NewSalt()
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.NewSalt()
	if err != nil {
		t.Fatal(err)
	}
	from := func(passphrase string, salt []byte) *seal.Sealer {
		t.Helper()
		s, err := seal.FromPassphrase(passphrase, salt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := from("correct horse", salt)
	wantSameKey(t, s, from("correct horse", salt))
	blob := sealed(t, s, "key-1", []byte(secretText))
	refused(t, from("correct hors", salt), "key-1", blob)
	refused(t, from("correct horse", other), "key-1", blob)
}

func TestUnusablePassphrasesAreRefused(t *testing.T) {
	t.Parallel()
	salt, err := seal.NewSalt()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.FromPassphrase("", salt); clm.KindOf(err) != clm.KindInvalid {
		t.Errorf("an empty passphrase gives the error %v, want one of kind invalid", err)
	}
	if _, err := seal.FromPassphrase("correct horse", salt[:8]); clm.KindOf(err) != clm.KindUnavailable {
		t.Errorf("a short salt gives the error %v, want one of kind unavailable", err)
	}
}

// TestWhatWasSealedBeforeStillOpens: the form of sealed secrets, of key files
// and of keys from passphrases is a promise to every estate there is.
func TestWhatWasSealedBeforeStillOpens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "estate.key")
	if err := os.WriteFile(path, []byte("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile, err := seal.FromKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fromPassphrase, err := seal.FromPassphrase("correct horse", []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for s, text := range map[*seal.Sealer]string{
		fromFile: "01dbaad0c194b1be6374e3acacb2dc006307884f84ac033ee3c856b58f946d2b9946ae3cc825092e5e93df4194430ff3329f321bbd" +
			"9261ca2a28e5440e6399c3285a6ebbdb3f799ba9d17a399d8e560d97e9f1acbad751520bc1174d4a7595",
		fromPassphrase: "01a302ae1380fc0bffb152c8087400054635730ae70a3fb42d8f0ebbdb91e956f0c480989f564f36de66688d3815fd2fc7331be2" +
			"b7bd3505e187a9116f5ff99bab3885efd0d8e53629fc13b029dfa6120d552f4c3b4452f5c1cc1430031c6c",
	} {
		blob, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := s.Open("key-1", blob); err != nil || string(plain) != "secret" {
			t.Errorf("it opens as %q, error %v", plain, err)
		}
	}
}
