//go:build unix

package sshd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// AddHostKey gives the server one more host key, of another kind, for
// connections from now on.
func (s *Server) AddHostKey(kind string) (public string, err error) {
	file := filepath.Join(s.folder, "host_key_"+kind)
	if _, err := command("", "ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", file); err != nil {
		return "", err
	}
	config := filepath.Join(s.folder, "config")
	text, err := os.ReadFile(config)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(config, fmt.Appendf(text, "HostKey %s\n", file), 0o600); err != nil {
		return "", err
	}
	line, err := os.ReadFile(file + ".pub")
	return strings.TrimSpace(string(line)), err
}
