package backend_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// listing is what is on a device, a line for each name: modes, owner, where a link
// leads, and the SHA-256 of what is read there.
type listing struct {
	served string // what everybody sees
	kept   string // what we keep beside it
}

func (l listing) String() string { return "\n" + l.served + l.kept }

var (
	randomName = regexp.MustCompile(`v-[0-9a-f]{16}`)
	digest     = regexp.MustCompile(` [0-9a-f]{64}\n`)
)

// shape is a listing without what differs from one push to the next.
func (l listing) shape() string {
	return digest.ReplaceAllString(randomName.ReplaceAllString(l.served+l.kept, "v-*"), "\n")
}

func (s *site) list() (l listing) {
	s.t.Helper()
	must(s.t, filepath.WalkDir(s.path("etc"), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		line := s.line(path)
		if strings.Contains(path, "/.clm") {
			l.kept += line
		} else {
			l.served += line
		}
		return nil
	}))
	return l
}

func (s *site) line(path string) string {
	s.t.Helper()
	info, err := os.Lstat(path)
	must(s.t, err)
	line := fmt.Sprintf("%s %s %s", info.Mode(), owner(info), strings.TrimPrefix(path, s.root))
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		must(s.t, err)
		line += " -> " + target
		if info, err = os.Stat(path); err != nil {
			return line + " (dangling)\n"
		}
		line += fmt.Sprintf(" %s %s", info.Mode(), owner(info))
	}
	if info.Mode().IsRegular() {
		content, err := os.ReadFile(path)
		must(s.t, err)
		line += fmt.Sprintf(" %x", sha256.Sum256(content))
	}
	return line + "\n"
}

func owner(info fs.FileInfo) string {
	stat := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", stat.Uid, stat.Gid)
}

// exposed are the files with a private key in them that somebody else could read.
func (s *site) exposed() (paths []string) {
	s.t.Helper()
	must(s.t, filepath.WalkDir(s.path("etc"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		must(s.t, err)
		info, err := e.Info()
		must(s.t, err)
		if bytes.Contains(content, []byte("PRIVATE KEY")) && info.Mode().Perm()&0o077 != 0 {
			paths = append(paths, path)
		}
		return nil
	}))
	return paths
}

// holds is the fingerprint of the certificate that is served, "" when there is none.
// OpenSSL is the witness that the key beside it is its own.
func (s *site) holds() string {
	s.t.Helper()
	certificate, key := s.path("etc/tls/shop.crt"), s.path("etc/tls/shop.key")
	_, noCertificate := os.Stat(certificate)
	_, noKey := os.Stat(key)
	if noCertificate != nil && noKey != nil {
		return ""
	}
	of := clmtest.OpenSSL(s.t, s.root, "x509", "-in", certificate, "-noout", "-pubkey")
	if to := clmtest.OpenSSL(s.t, s.root, "pkey", "-in", key, "-pubout"); to != of {
		s.t.Errorf("the key is that of another certificate:\n%s%s", of, to)
	}
	_, fingerprint, _ := strings.Cut(strings.TrimSpace(clmtest.OpenSSL(s.t, s.root, "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")), "=")
	return strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
}

// cleanShape is what a push leaves that nothing has disturbed.
func (s *site) cleanShape() string {
	const shape = `drwxr-xr-x OWNER /etc
drwxr-xr-x OWNER /etc/tls
Lrwxrwxrwx OWNER /etc/tls/shop.crt -> .clm/ID/current/shop.crt -rw-r--r-- OWNER
Lrwxrwxrwx OWNER /etc/tls/shop.key -> .clm/ID/current/shop.key -rw------- OWNER
drwxr-xr-x OWNER /etc/.clm
drwxr-xr-x OWNER /etc/.clm/.made
-rw------- OWNER /etc/.clm/.made/tls
drwxr-xr-x OWNER /etc/tls/.clm
drwxr-xr-x OWNER /etc/tls/.clm/ID
Lrwxrwxrwx OWNER /etc/tls/.clm/ID/current -> v-* drwxr-xr-x OWNER
-rw------- OWNER /etc/tls/.clm/ID/lock
drwxr-xr-x OWNER /etc/tls/.clm/ID/v-*
-rw-r--r-- OWNER /etc/tls/.clm/ID/v-*/shop.crt
-rw------- OWNER /etc/tls/.clm/ID/v-*/shop.key
`
	return strings.NewReplacer("OWNER", fmt.Sprintf("%d:%d", s.user.UID, s.user.GID), "ID", s.connector).Replace(shape)
}

// touch gives everything on the device another time.
func (s *site) touch(at time.Time) {
	s.t.Helper()
	must(s.t, filepath.WalkDir(s.path("etc"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, at, at)
	}))
}
