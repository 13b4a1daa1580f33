package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace makes content what is at path. Whoever reads it meanwhile, or after a kill or a
// power cut, finds what was there before or the new content, whole; after Replace has
// returned, the new one. At no instant does the file let in more than mode says.
//
//  1. written beside it under another name, and flushed
//  2. renamed: here it changes
//  3. the folder flushed
//
// Dying before 2 leaves a file named .partial-* that nobody reads; Sweep removes it.
func Replace(path string, content []byte, mode fs.FileMode) error {
	partial, err := os.CreateTemp(filepath.Dir(path), partialPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name()) //nolint:errcheck // it has its own name when all went well
	_, err = partial.Write(content)
	if err := errors.Join(err, partial.Chmod(mode), partial.Sync(), partial.Close()); err != nil {
		return err
	}
	if err := os.Rename(partial.Name(), path); err != nil {
		return err
	}
	return flush(filepath.Dir(path))
}

const partialPrefix = ".partial-"

// Sweep removes what a Replace that died left in a folder. Nobody else may be replacing
// files there.
func Sweep(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, partialPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes a file away for good; one that is gone is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return flush(filepath.Dir(path))
}

// flush makes the names in a folder durable. Windows has no such call.
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
