package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// largestKeyFile is far above a key file's 45 bytes; what is longer is not one.
const largestKeyFile = 4096

// FromKeyFile reads a key-encryption key: 32 random bytes as base64 text, in a
// file nobody else may read.
func FromKeyFile(path string) (*Sealer, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	key := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(key, text)
	if err != nil || n != keySize { // the decoder's error would show a byte
		return nil, clm.Errorf(clm.KindUnavailable, "the key file %s does not hold a key: it must be %d bytes as base64 text", path, keySize).
			WithHint("make one with: openssl rand -base64 32; an estate needs the very key it was made with")
	}
	return newSealer(key[:n], "key in "+path)
}

// readPrivate checks the rights of the file it has open, so that it cannot be
// exchanged in between.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // Windows keeps its rights elsewhere
		return nil, clm.Errorf(clm.KindUnavailable, "the key file %s may be read by others (mode %04o)", path, info.Mode().Perm()).
			WithHint("run: chmod 600 %s", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, largestKeyFile))
	if err != nil {
		return nil, unreadable(path, err)
	}
	return bytes.TrimSpace(text), nil
}

func unreadable(path string, err error) error {
	return clm.Errorf(clm.KindUnavailable, "the key file %s cannot be read", path).Because(reason(err)).
		WithHint("put the key the estate was made with there, or set key_file (or CLM_KEY_FILE) to where it is")
}

// CreateKeyFile makes a key file unless there is one, and uses what is there
// then. Of several who create it at once, one wins and the others use its key.
func CreateKeyFile(path string) (*Sealer, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = create(path)
	}
	if err != nil {
		return nil, clm.Errorf(clm.KindUnavailable, "the key file %s cannot be made", path).Because(reason(err)).
			WithHint("let this user write its folder, or make it there yourself with: openssl rand -base64 32")
	}
	return FromKeyFile(path)
}

// create writes the whole key under a temporary name and links it to its own: a
// link never replaces a file, and nobody sees half of one.
func create(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".clm-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return flush(folder)
}

// flush makes the new name durable: secrets will be sealed with this key, and a
// power cut must not take it from them. Windows has no such call.
func flush(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// reason leaves out the path, which the message names already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
