//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package target

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// run runs the script on this machine, in the device's root directory and in a
// process group of its own, which goes with it when it has to be killed.
func (l *local) run(ctx context.Context, s clm.Script) (clm.ScriptResult, error) {
	d, err := l.connect(ctx)
	if err != nil {
		return clm.ScriptResult{}, err
	}
	defer d.Close()
	limited, cancel := context.WithTimeout(ctx, patience(s))
	defer cancel()
	h := newExecution(l.device, s)
	cmd := h.command(limited)
	cmd.Dir = l.root
	err = cmd.Run()
	if limited.Err() != nil {
		return h.stopped(limited.Err())
	}
	if cmd.ProcessState == nil {
		return clm.ScriptResult{}, clm.Errorf(clm.KindFailed, "device %q: the script did not begin", l.device).
			Because(cause(err)).WithHint("local devices need /bin/sh on this machine")
	}
	return h.ended(exitCode(cmd.ProcessState))
}

// command is the same shell, told the same, as on a device behind SSH.
func (h *execution) command(ctx context.Context) *exec.Cmd {
	head, rest := wrapped(h.script, h.mark)
	cmd := exec.CommandContext(ctx, "/bin/sh", "-s")
	cmd.Stdin = strings.NewReader(head + rest)
	cmd.Stdout, cmd.Stderr = h.printed, h.errors
	cmd.Env = plainEnvironment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = drain
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	return cmd
}

// plainEnvironment keeps the credentials that this process has in its
// environment from hooks, as SSH does.
func plainEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
