package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

// Files are what is kept from one run of the program to the next, by name.
type Files interface {
	// Read is nil, without an error, where there is nothing.
	Read(name string) ([]byte, error)
	// Replace is done whole or not at all, and durable when it returns.
	Replace(name string, content []byte) error
	Remove(name string) error
	// Path is for messages.
	Path(name string) string
}

// Folder are the files of this process alone, until it closes the folder or dies.
type Folder struct {
	path string
	lock *os.File
}

// OpenFolder makes the folder where there is none. It refuses one that another process
// uses.
func OpenFolder(path string) (*Folder, error) {
	f := &Folder{path: path}
	for _, next := range []func() error{f.make, f.take, func() error { return durable.Sweep(path) }} {
		if err := next(); err != nil {
			return nil, errors.Join(fmt.Errorf("opening the state folder %s: %w", path, err), f.Close())
		}
	}
	return f, nil
}

// make keeps everybody else out: the private key is in there.
func (f *Folder) make() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("%w (name a folder that this user may make and write with --state-dir)", err)
	}
	return os.Chmod(f.path, 0o700)
}

func (f *Folder) take() error {
	lock, err := os.OpenFile(f.Path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w (let this user write there, or name another folder with --state-dir)", err)
	}
	f.lock = lock
	taken, err := durable.TryLock(lock)
	if err == nil && !taken {
		err = errors.New("another process works with it (stop that, or name another folder with --state-dir)")
	}
	return err
}

// Close lets others have the folder.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	return errors.Join(durable.Unlock(f.lock), f.lock.Close())
}

// Path is where a file is.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Read reads a file.
func (f *Folder) Read(name string) ([]byte, error) {
	content, err := os.ReadFile(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", f.Path(name), err)
	}
	return content, nil
}

// Replace writes a file that nobody else reads.
func (f *Folder) Replace(name string, content []byte) error {
	if err := durable.Replace(f.Path(name), content, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w (make room, or let this user write there; what was there before is unchanged)", f.Path(name), err)
	}
	return nil
}

// Remove removes a file, if it is there.
func (f *Folder) Remove(name string) error {
	if err := durable.Remove(f.Path(name)); err != nil {
		return fmt.Errorf("removing %s: %w", f.Path(name), err)
	}
	return nil
}
