package target

import (
	"crypto/rand"
	"encoding/hex"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Names we keep for ourselves. clm.CheckFileName keeps users away from them.
const (
	privateFolder = ".clm"      // in a set's directory, and beside a folder we made
	madeFolder    = ".made"     // in a private folder: the folders beside it that we made
	tryPrefix     = ".clm-try-" // in a set's directory: what Preflight tries

	currentLink   = "current" // in an owner's folder
	lockFile      = "lock"
	versionPrefix = "v-"
	nextPrefix    = "next-" // a link about to be renamed to its place
)

const (
	folderMode = 0o755
	closedMode = 0o700
	publicMode = 0o644
	secretMode = 0o600
)

// place is one set's spot on one device, while it is being worked on. Names
// handed to the disk are relative to the root.
type place struct {
	*way
	disk  disk
	set   clm.FileSet
	owner ownership // of the set's files, once it is resolved
	moved bool      // approach found our own folders, fit to work in
}

// public is one of the set's names, as everybody sees it.
func (p *place) public(name string) string { return path.Join(p.set.Directory, name) }

// home is the owner's folder, or something in it.
func (p *place) home(elem ...string) string {
	return path.Join(p.set.Directory, privateFolder, p.set.Owner, path.Join(elem...))
}

// linkOf is what the public link of name says. It goes through current, so
// that renaming current switches every name at once.
func (p *place) linkOf(name string) string {
	return path.Join(privateFolder, p.set.Owner, currentLink, name)
}

// directory is the set's directory as the disk wants it.
func (p *place) directory() string { return path.Join(".", p.set.Directory) }

// abs is name as the user knows it.
func (w *way) abs(name string) string {
	if w.remote {
		return path.Join(w.root, name)
	}
	return filepath.Join(w.root, filepath.FromSlash(name))
}

// hasModes: Windows keeps no permission bits.
func (w *way) hasModes() bool { return w.remote || runtime.GOOS != "windows" }

func (p *place) claims(name string) bool {
	for _, claimed := range p.set.Claimed {
		if claimed == name {
			return true
		}
	}
	return false
}

func (p *place) wants(name string) bool {
	for _, f := range p.set.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

func (p *place) isSecret(name string) bool {
	for _, f := range p.set.Files {
		if f.Name == name {
			return f.Secret
		}
	}
	return false
}

func newName(prefix string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}

func isVersion(name string) bool {
	return strings.HasPrefix(name, versionPrefix) && !strings.ContainsAny(name, `/\`)
}

// checkSet refuses what could lead out of the directory. The entities check
// the same; here nobody is trusted.
func checkSet(set clm.FileSet) error {
	if err := checkOwner(set.Owner); err != nil {
		return err
	}
	if err := checkDirectory(set.Directory); err != nil {
		return err
	}
	if err := checkOwnership(set); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, f := range set.Files {
		if err := clm.CheckFileName("files", f.Name); err != nil {
			return err
		}
		if seen[f.Name] {
			return clm.Invalid("files", "the file name %q is used twice", f.Name).WithHint("give each file its own name")
		}
		seen[f.Name] = true
	}
	for _, name := range set.Claimed {
		if err := clm.CheckFileName("claimed", name); err != nil {
			return err
		}
	}
	return nil
}

func checkOwner(owner string) error {
	if err := clm.CheckFileName("owner", owner); err != nil {
		return err
	}
	if strings.HasPrefix(owner, ".") {
		return clm.Invalid("owner", "the owner %q begins with a dot", owner)
	}
	return nil
}

func checkDirectory(dir string) error {
	if err := clm.CheckDirectory("directory", dir); err != nil {
		return err
	}
	for part := range strings.SplitSeq(dir, "/") {
		if strings.HasPrefix(part, privateFolder) {
			return clm.Invalid("directory", "directory %q leads through %q, which is kept for bookkeeping", dir, part).
				WithHint("use a directory without parts that begin with %s", privateFolder)
		}
	}
	return nil
}

// checkContents refuses what Observe could not read back.
func checkContents(set clm.FileSet) error {
	if len(set.Files) == 0 {
		return clm.Invalid("files", "the file set has no files")
	}
	for _, f := range set.Files {
		if len(f.Content) > maxSize {
			return clm.Invalid("files", "the content of %q is %d bytes; at most %d are allowed", f.Name, len(f.Content), maxSize)
		}
	}
	return nil
}
