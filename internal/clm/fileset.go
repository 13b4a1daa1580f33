package clm

import (
	"path"
	"strings"
)

// FileSet is everything one connector keeps on one device. Its files switch
// together: no instant shows the key of one version beside the certificate of
// another.
type FileSet struct {
	// Owner is the connector's id. It marks what is ours, so that a foreign file
	// is never touched and ours can be removed.
	Owner string
	// Directory is slash-separated and relative to the device's root.
	Directory string
	Files     []File
	// Claimed names files that were ours before (they may have been replaced by
	// hand since) and may therefore be overwritten.
	Claimed []string
	// Overwrite lets files that are not ours be replaced. What they were can be
	// restored until the set is settled, and goes for good after that.
	Overwrite bool
	// Restorable: what Install replaces is kept until Settle or Restore.
	Restorable bool
	// User and Group own the files on the device; "": whoever writes them.
	User, Group string
	// SecretMode are the permission bits of secret files, 0 for 0600. Others never
	// have any.
	SecretMode uint32
}

// Outline is the set without what its files hold: enough to look at them, or to take them
// away.
func (s FileSet) Outline() FileSet {
	files := make([]File, len(s.Files))
	for i, f := range s.Files {
		files[i] = File{Name: f.Name, Secret: f.Secret}
	}
	s.Files = files
	return s
}

// File is one member of a set.
type File struct {
	Name    string
	Content []byte
	Secret  bool // readable by nobody else than is meant to, from its first byte on
}

// ObservedFile is what a device really has at one name of a set.
type ObservedFile struct {
	Name    string
	Present bool
	SHA256  string // lower-case hex of the content, "" when absent
	Content []byte // only for files that are not secret
	Exposed bool   // secret, but others may read it
}

// CheckDirectory refuses a directory that is not a clean path below the root.
func CheckDirectory(field, dir string) error {
	if dir == "" || dir == "." {
		return nil
	}
	if strings.HasPrefix(dir, "/") || path.Clean(dir) != dir || !isLocal(dir) || strings.ContainsAny(dir, "\\\x00") {
		return Invalid(field, "directory %q is not a clean path below the device's root directory", dir).
			WithHint("write it relative to the root, with forward slashes and without . or .. parts, such as \"etc/tls\"")
	}
	return nil
}

// CheckFileName refuses a name that could leave its directory.
func CheckFileName(field, name string) error {
	switch {
	case name == "", name == ".", name == "..", strings.ContainsAny(name, "/\\\x00"), strings.HasPrefix(name, "."+reserved):
		return Invalid(field, "%q is not a file name", name).
			WithHint("a file name has no slashes, is not . or .., and does not begin with .%s", reserved)
	case len(name) > 255:
		return Invalid(field, "the file name of %d bytes is longer than 255", len(name))
	}
	return nil
}

// reserved begins the names of the folders a target keeps for itself.
const reserved = "clm"

func isLocal(dir string) bool {
	return dir != ".." && !strings.HasPrefix(dir, "../") && !strings.Contains(dir, "/../")
}
