package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// What state a failed act left the device in.
const (
	nothingChanged = "nothing was changed"
	previousServed = "the previous files are unchanged"
	nothingServed  = "no file was put there"
	newServed      = "the new files are in place"
	newNotDurable  = "the new files are in place, but may not outlive a power failure"
	servedUnknown  = "the previous files or the new ones are in place, not a mixture"
	partlyRemoved  = "some of the files may be left"
)

// doing says at which file an operation failed. An error for the user that is
// complete already stays as it is.
func (w *way) doing(verb, name string, err error) error {
	var complete *clm.Error
	if err == nil || errors.As(err, &complete) {
		return err
	}
	return fmt.Errorf("%s %s: %w", verb, w.abs(name), cause(err))
}

// failed is the error of a whole act: what was tried, what happened, what
// state things are in, and what to do.
func (w *way) failed(trying, state string, err error) error {
	var complete *clm.Error
	if err == nil || errors.As(err, &complete) {
		return err
	}
	return clm.Errorf(kindOf(err), "%s device %q", trying, w.device).
		Because(err).WithHint("%s; %s", state, w.remedy(err))
}

// kindOf: a connection that broke is a device that does not answer.
func kindOf(err error) clm.Kind {
	var broken *lost
	if errors.As(err, &broken) {
		return clm.KindUnreachable
	}
	return clm.KindFailed
}

func (w *way) remedy(err error) string {
	var broken *lost
	var unknown stranger
	var kept refusedGift
	switch {
	case errors.As(err, &unknown):
		return "make it on the device, or choose another " + unknown.kind
	case errors.As(err, &kept):
		return "only root may give files to others: let root write them (ssh.sudo = true), or leave owner and group out"
	case errors.As(err, &broken):
		return "see that the device is up and reachable, then try again"
	case errors.Is(err, context.Canceled):
		return "it was called off; try again"
	case errors.Is(err, context.DeadlineExceeded):
		return "the time for it was over; try again"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free space on the disk, then try again"
	case errors.Is(err, syscall.EFBIG):
		return "raise the file size limit of this process, then try again"
	case errors.Is(err, syscall.EROFS):
		return "make the file system writable, then try again"
	case lacksSymlinkPrivilege(err):
		return "local devices on Windows need the privilege to create symbolic links: " +
			"turn on Developer Mode or run as an administrator, then try again"
	case errors.Is(err, fs.ErrPermission) && w.remote:
		return "let the account write there, or set ssh.sudo = true, then try again"
	case errors.Is(err, fs.ErrPermission):
		return "let the user this process runs as write there, then try again"
	}
	return "see to the disk, then try again"
}

// cause strips the operation and the path that package os adds: the messages
// here name the file the user knows.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	var between *os.LinkError
	if errors.As(err, &between) {
		return between.Err
	}
	return err
}

// isErrno tells an answer of the operating system from a refusal of os.Root,
// which is no system error: the name led out of the root.
func isErrno(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno)
}
