package target

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"syscall"

	"github.com/pkg/sftp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// answer is what a device said of an operation, in the words of this system. On
// Windows the numbers of other systems are not known to package fs, so it says
// itself which error of fs it is.
type answer struct {
	errno syscall.Errno
	is    error
}

func (a answer) Error() string        { return a.errno.Error() }
func (a answer) Unwrap() error        { return a.errno }
func (a answer) Is(target error) bool { return target == a.is && a.is != nil }

var (
	noEntry  = answer{syscall.ENOENT, fs.ErrNotExist}
	denied   = answer{syscall.EACCES, fs.ErrPermission}
	exists   = answer{syscall.EEXIST, fs.ErrExist}
	noSpace  = answer{syscall.ENOSPC, nil}
	readOnly = answer{syscall.EROFS, nil}
	circle   = answer{syscall.ELOOP, nil}
)

// lost is a connection that broke in the middle. The operation it broke in may
// have had its effect.
type lost struct {
	address string
	cause   error
}

func (l *lost) Error() string {
	return fmt.Sprintf("the connection to %s broke: %v", l.address, l.cause)
}

// isLost tells a dead connection from an answer of the server's.
func isLost(err error) bool {
	var closed net.Error
	var op *net.OpError
	return errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, sftp.ErrSSHFxNoConnection) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &closed) || errors.As(err, &op)
}

func isAnswer(err error) bool {
	var a answer
	return errors.As(err, &a)
}

// explain gives an answer the words of a system error.
func explain(err error) error {
	var status *sftp.StatusError
	switch {
	case err == nil, isAnswer(err):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return noEntry
	case errors.Is(err, fs.ErrPermission):
		return denied
	case errors.As(err, &status):
		return fmt.Errorf("the SFTP server says no more than %q", status.Error())
	}
	return err
}

// saysNothing: version 3 of SFTP has one word, failure, for most of what can
// happen.
func saysNothing(err error) bool {
	var status *sftp.StatusError
	return errors.As(err, &status) && status.FxCode() == sftp.ErrSSHFxFailure
}

// findOut looks why an operation failed that needed room for size bytes: the
// disk is full, or must not be written.
func (d *sshDisk) findOut(name string, size int, failure error) error {
	if !saysNothing(failure) {
		return explain(failure)
	}
	var room *sftp.StatVFS
	err := d.do(func() (err error) { room, err = d.sftp.StatVFS(at(path.Dir(name))); return err })
	const readOnlyFlag = 1
	switch {
	case err != nil && kindOf(err) == clm.KindUnreachable:
		return err
	case err != nil:
	case room.Flag&readOnlyFlag != 0:
		return readOnly
	case room.Bavail*room.Frsize < uint64(max(size, 1)), room.Files > 0 && room.Favail == 0:
		return noSpace
	}
	return explain(failure)
}
