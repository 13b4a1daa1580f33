package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (r *remote) run(ctx context.Context, s clm.Script) (clm.ScriptResult, error) {
	c, leave, err := r.join(ctx)
	if err != nil {
		return clm.ScriptResult{}, err
	}
	defer leave()
	shell, err := c.start("exec", c.shell())
	if err != nil {
		return clm.ScriptResult{}, r.unusable(err)
	}
	defer shell.channel.Close()
	h := &remoteHook{execution: newExecution(r.device, s), session: shell, streams: make(chan struct{})}
	go h.listen()
	if err := h.tell(); err != nil {
		return clm.ScriptResult{}, r.unusable(err)
	}
	return h.wait(ctx)
}

// remoteHook is a script in a shell on the device.
type remoteHook struct {
	*execution
	session *session
	streams chan struct{} // closed when both are at their ends
}

func (h *remoteHook) listen() {
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(h.printed, h.session.channel) })
	both.Go(func() { h.session.copyErrors(h.errors) })
	both.Wait()
	close(h.streams)
}

// tell hands the script over. An error means that it surely did not begin: its
// last quote was not sent.
func (h *remoteHook) tell() error {
	head, rest := wrapped(h.script, h.mark)
	whole := head + rest
	n, err := io.WriteString(h.session.channel, whole)
	if err == nil {
		err = h.session.channel.CloseWrite()
		n = len(whole)
	}
	if err != nil && n < len(whole)-len("' </dev/null\n") {
		select {
		case <-h.session.ended: // a shell that would not listen says why
			if h.session.result.known {
				return nil
			}
		case <-time.After(drain):
		}
		return &lost{address: h.session.conn.address, cause: h.session.conn.whyLost(err)}
	}
	return nil
}

// wait waits for the end of the script, or for the end of patience.
func (h *remoteHook) wait(ctx context.Context) (clm.ScriptResult, error) {
	late := time.NewTimer(patience(h.script))
	defer late.Stop()
	select {
	case <-h.session.ended:
		return h.result()
	case <-late.C:
		h.kill()
		return h.stopped(context.DeadlineExceeded)
	case <-ctx.Done():
		h.kill()
		return h.stopped(ctx.Err())
	}
}

func (h *remoteHook) result() (clm.ScriptResult, error) {
	select {
	case <-h.streams:
	case <-time.After(drain):
	}
	if end := h.session.result; end.known {
		return h.ended(end.code)
	}
	c := h.session.conn
	if c.broke() {
		return h.unknown(&lost{address: c.address, cause: c.whyLost(io.EOF)})
	}
	return h.unknown(errors.New("its session was closed without an exit code"))
}

// kill ends the script and everything that it started: by the server's own
// signal, which does not reach what runs as root, and by a second shell.
func (h *remoteHook) kill() {
	c := h.session.conn
	_, _ = h.session.channel.SendRequest("signal", false, ssh.Marshal(struct{ Name string }{"KILL"}))
	if pid, began := h.printed.process(); began && pid > 1 {
		ctx, cancel := context.WithTimeout(context.Background(), c.limits.connect)
		defer cancel()
		_, _, _ = c.ask(ctx, fmt.Sprintf(killScript, pid))
	}
	h.session.channel.Close()
}

// killScript kills the whole process group of a shell. Small systems have a ps
// that cannot tell the group.
const killScript = `p=%d
g=$(ps -o pgid= -p $p 2>/dev/null) || g=$(cut -d ' ' -f 5 /proc/$p/stat 2>/dev/null)
set -- $g
test "${1:-0}" -gt 1 && kill -KILL -$1
kill -KILL $p
exit 0
`
