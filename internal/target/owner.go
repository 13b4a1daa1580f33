package target

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"regexp"
	"strconv"

	"github.com/pkg/sftp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// ownership is who owns files, by number. What is negative is left as it is: files
// belong to whoever writes them then.
type ownership struct{ uid, gid int }

var writer = ownership{-1, -1}

// stranger is a user or group that the device does not know.
type stranger struct{ kind, name string }

func (s stranger) Error() string { return fmt.Sprintf("there is no %s %q", s.kind, s.name) }

// refusedGift is a file that could not be given to its owner.
type refusedGift struct{ err error }

func (r refusedGift) Error() string { return "giving it to its owner: " + r.err.Error() }
func (r refusedGift) Unwrap() error { return r.err }

// resolve finds out who is to own the files.
func (p *place) resolve() (err error) {
	p.owner = writer
	if p.set.User == "" && p.set.Group == "" {
		return nil
	}
	p.owner, err = p.disk.Resolve(p.set.User, p.set.Group)
	return err
}

// Resolve implements disk, by the users and groups of this machine.
func (d rootDisk) Resolve(userName, group string) (ownership, error) {
	o := writer
	if userName != "" {
		n, err := numberOf("user", userName, func() (string, error) {
			u, err := user.Lookup(userName)
			if err != nil {
				return "", err
			}
			return u.Uid, nil
		})
		if err != nil {
			return o, err
		}
		o.uid = n
	}
	if group == "" {
		return o, nil
	}
	n, err := numberOf("group", group, func() (string, error) {
		g, err := user.LookupGroup(group)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	o.gid = n
	return o, err
}

// numberOf is a number as it is, or that of a name.
func numberOf(kind, name string, look func() (string, error)) (int, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		return n, nil
	}
	text, err := look()
	var noUser user.UnknownUserError
	var noGroup user.UnknownGroupError
	if errors.As(err, &noUser) || errors.As(err, &noGroup) {
		return -1, stranger{kind, name}
	}
	if err != nil {
		return -1, err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1, fmt.Errorf("the number of %s %s is %q", kind, name, text)
	}
	return n, nil
}

// accountName is what names of users and groups look like, so that none is taken
// for an option.
var accountName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,254}\$?$`)

func checkAccount(field, name string) error {
	if name == "" || accountName.MatchString(name) {
		return nil
	}
	return clm.Invalid(field, "%q is not a name of a user or group", name).WithHint("use the name or the number it has on the device")
}

// modeOf are the permission bits of a file of the set.
func (p *place) modeOf(secret bool) fs.FileMode {
	switch {
	case !secret:
		return publicMode
	case p.set.SecretMode != 0:
		return fs.FileMode(p.set.SecretMode)
	}
	return secretMode
}

func checkOwnership(set clm.FileSet) error {
	if err := checkAccount("owner", set.User); err != nil {
		return err
	}
	if err := checkAccount("group", set.Group); err != nil {
		return err
	}
	return checkMode(set.SecretMode)
}

func checkMode(mode uint32) error {
	if mode == 0 || mode&^0o770 == 0 && mode&0o400 != 0 {
		return nil
	}
	return clm.Invalid("mode", "%#o is not a mode for a private key", mode).
		WithHint("its owner must be able to read it, and others than owner and group have no rights: 0600, 0640, 0440 or the like")
}

// ownerOf is who owns a file; unknown on systems without numbers.
func ownerOf(info fs.FileInfo) (ownership, bool) {
	if stat, ok := info.Sys().(*sftp.FileStat); ok {
		return ownership{int(stat.UID), int(stat.GID)}, true
	}
	return localOwner(info)
}

// belongs tells whether a file has the owner that the set wants.
func (p *place) belongs(info fs.FileInfo) bool {
	has, known := ownerOf(info)
	return !known || (p.owner.uid < 0 || has.uid == p.owner.uid) && (p.owner.gid < 0 || has.gid == p.owner.gid)
}

// exposed tells whether a secret file may be read by somebody who is not meant
// to: by another owner, by another group, or by more than the mode wanted says.
func (p *place) exposed(info fs.FileInfo) bool {
	perm := info.Mode().Perm()
	switch {
	case !p.hasModes():
		return false
	case perm&0o077&^p.modeOf(true) != 0:
		return true
	}
	return !p.belongs(info)
}
