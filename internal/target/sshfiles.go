package target

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pkg/sftp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// sftpServers are where systems keep the program: Debian, Fedora, Arch, SUSE and
// Alpine, the BSDs.
var sftpServers = []string{
	"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server",
	"/usr/libexec/sftp-server", "/usr/lib/sftp-server", "/usr/local/libexec/sftp-server",
}

// sftpAsRoot starts the server as root. Only single quotes and plain words: the
// account's shell may be any.
func sftpAsRoot() string {
	return "/bin/sh -c 'for s in " + strings.Join(sftpServers, " ") +
		"; do test -x $s && exec sudo -n $s; done; echo no sftp-server program is found >&2; exit 127'"
}

// needed are the extensions without which nothing is atomic.
var needed = []string{"posix-rename@openssh.com", "hardlink@openssh.com"}

func (c *conn) openFiles() (*sftp.Client, error) {
	kind, payload := "subsystem", "sftp"
	if c.sudo {
		kind, payload = "exec", sftpAsRoot()
	}
	s, err := c.start(kind, payload)
	if err != nil {
		return nil, err
	}
	said := newTail(256)
	go s.copyErrors(said)
	files, err := sftp.NewClientPipe(s.channel, c.pipe(s.channel))
	if err != nil {
		s.channel.Close()
		return nil, c.noFiles(err, s.words(said))
	}
	for _, name := range needed {
		if _, can := files.HasExtension(name); !can {
			files.Close()
			return nil, clm.Errorf(clm.KindFailed, "the SFTP server of %s does not know %s", c.address, name).
				WithHint("files cannot be replaced safely there; use an OpenSSH server")
		}
	}
	return files, nil
}

// noFiles is why there is no SFTP session.
func (c *conn) noFiles(err error, words string) error {
	if c.broke() {
		return &lost{address: c.address, cause: c.whyLost(err)}
	}
	if words != "" {
		err = errors.New(words)
	}
	if !c.sudo {
		return clm.Errorf(clm.KindFailed, "starting SFTP on %s", c.address).Because(err).
			WithHint("turn on the sftp subsystem of its SSH server, and see that the account's shell prints nothing when it starts")
	}
	return clm.Errorf(clm.KindFailed, "starting the SFTP server on %s as root", c.address).
		Because(fmt.Errorf("sudo: %s", strings.TrimPrefix(err.Error(), "sudo: "))).
		WithHint("let the account use sudo without a password, in a file of /etc/sudoers.d: ACCOUNT ALL=(root) NOPASSWD: ALL")
}
