package backend

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// keepOutOfGit makes git ignore the folder of a new estate, with the key and the
// database in it: by default that folder lies beside a configuration, and a
// "git add ." there must not publish it.
//
// A folder that holds anything of somebody else's, such as the configuration
// itself, is left alone: there the same line would hide that, too. So is a
// .gitignore that says something already. Several processes that make one estate
// write the same line.
func keepOutOfGit(folder string) error {
	path := filepath.Join(folder, ".gitignore")
	if own, err := holdsOnlyAnEstate(folder); err != nil || !own {
		return unwritable(path, err)
	}
	if info, err := os.Lstat(path); err == nil && (info.Size() > 0 || !info.Mode().IsRegular()) {
		return nil
	}
	return unwritable(path, os.WriteFile(path, []byte("*\n"), 0o600))
}

func holdsOnlyAnEstate(folder string) (bool, error) {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == ".gitignore", name == "clm.lock", name == DefaultKeyFile:
		case strings.HasPrefix(name, store.FileName), strings.HasPrefix(name, ".clm-key-"):
		default:
			return false, err
		}
	}
	return true, err
}

func unwritable(path string, err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the message names the path
	}
	return clm.Errorf(clm.KindUnavailable, "the file %s, which keeps git away from the estate's key, cannot be written", path).Because(err).
		WithHint("let this user write its folder, or set data_dir to another folder")
}
