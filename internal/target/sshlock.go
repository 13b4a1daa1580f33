package target

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// lockScript holds a lock until its standard input ends, which it does when the
// connection dies too. The path must still be what was locked, as in rootDisk.
const lockScript = `LC_ALL=C; export LC_ALL; umask 077
f=PATH
command -v flock >/dev/null || exit 90
test -d "${f%/*}/" || exit 91
test ! -L "$f" || exit 92
exec 9>>"$f" || exit 93
flock 9 || exit 94
test "$f" -ef /dev/fd/9 || exit 91
echo clm-lock-held
cat >/dev/null
`

// sshLock is a lock that is held.
type sshLock struct {
	session  *session
	patience time.Duration
}

// Lock implements disk.
func (d *sshDisk) Lock(ctx context.Context, name string) (io.Closer, error) {
	s, err := d.conn.start("exec", d.conn.shell())
	if err != nil {
		return nil, d.named(err)
	}
	stop := context.AfterFunc(ctx, func() { s.channel.Close() })
	said := newTail(512)
	go s.copyErrors(said)
	script := strings.Replace(lockScript, "PATH", quote(at(name)), 1)
	_, _ = io.WriteString(s.channel, script) // if it fails, nothing is said
	held := saysHeld(s.channel)
	if !stop() {
		s.channel.Close()
		return nil, ctx.Err()
	}
	if held {
		return &sshLock{s, d.conn.limits.answer}, nil
	}
	<-s.ended
	s.channel.Close()
	return nil, d.notLocked(s, said)
}

func saysHeld(from io.Reader) bool {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if lines.Text() == "clm-lock-held" {
			return true
		}
	}
	return false
}

func (d *sshDisk) notLocked(s *session, said *tail) error {
	if !s.result.known {
		return &lost{address: d.conn.address, cause: d.conn.whyLost(io.EOF)}
	}
	words := s.words(said)
	switch {
	case s.result.code == 90:
		return d.named(clm.Errorf(clm.KindFailed, "there is no program flock on %s", d.conn.address).
			WithHint("install util-linux or busybox on the device"))
	case s.result.code == 91:
		return noEntry
	case s.result.code == 92:
		return errors.New("it is a symbolic link")
	case strings.Contains(words, "irectory nonexistent"), strings.Contains(words, "No such file"):
		return noEntry
	case strings.Contains(words, "ermission denied"):
		return denied
	case strings.Contains(words, "ead-only file system"):
		return readOnly
	case strings.Contains(words, "o space left"):
		return noSpace
	case words == "":
		return errors.New("the device does not say why not; does the account have a shell?")
	}
	return errors.New(words)
}

// Close gives the lock up, and waits until the device says that it is free.
func (l *sshLock) Close() error {
	defer l.session.channel.Close()
	if err := l.session.channel.CloseWrite(); err != nil {
		return nil // the connection is gone, and the lock with it
	}
	select {
	case <-l.session.ended:
	case <-time.After(l.patience):
	}
	return nil
}

// quote makes one word of the shell's of any text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
