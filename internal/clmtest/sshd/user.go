//go:build unix

package sshd

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// User is a system user, without a home.
type User struct {
	Name     string
	UID, GID int
	Key      []byte // PEM; opens its account on every server
	Password string

	authorized string
	sudo       bool
}

var users atomic.Int64 // of this process

// NewUser makes a user whose name nobody else has, in this test binary or another. It
// exists on the machine until Remove.
func NewUser(role string) (*User, error) {
	u := &User{Name: fmt.Sprintf("clm-%s-%d-%d", role, os.Getpid(), users.Add(1)), Password: rand.Text()}
	var err error
	if u.authorized, u.Key, err = newKey(); err != nil {
		return nil, err
	}
	hash, err := command(u.Password+"\n", "openssl", "passwd", "-6", "-stdin")
	if err != nil {
		return nil, err
	}
	if _, err := command("", "useradd", "-M", "-d", "/nonexistent", "-s", "/bin/sh", "-p", strings.TrimSpace(hash), u.Name); err != nil {
		return nil, err
	}
	entry, err := user.Lookup(u.Name)
	if err != nil {
		return nil, err
	}
	u.UID, _ = strconv.Atoi(entry.Uid)
	u.GID, _ = strconv.Atoi(entry.Gid)
	return u, nil
}

// LetSudo lets the user do everything as root. Programs of those folders come before
// the system's own.
func (u *User) LetSudo(folders ...string) error {
	u.sudo = true
	path := strings.Join(append(slices.Clip(folders), "/usr/sbin", "/usr/bin", "/sbin", "/bin"), ":")
	rules := fmt.Sprintf("%[1]s ALL=(root) NOPASSWD: ALL\nDefaults:%[1]s secure_path=%[2]q\n", u.Name, path)
	return os.WriteFile(u.sudoers(), []byte(rules), 0o440)
}

func (u *User) sudoers() string { return "/etc/sudoers.d/" + u.Name }

// Remove takes the user away.
func (u *User) Remove() {
	if u.sudo {
		_ = os.Remove(u.sudoers())
	}
	if _, err := command("", "userdel", "-f", u.Name); err != nil {
		fmt.Fprintln(os.Stderr, "sshd:", err)
	}
}

func command(input, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, said.String())
	}
	return string(out), nil
}
