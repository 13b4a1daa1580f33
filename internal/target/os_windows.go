package target

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

func cannotSync(error) bool { return false }

func lacksSymlinkPrivilege(err error) bool {
	return errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD)
}

func localOwner(fs.FileInfo) (ownership, bool) { return writer, false }
