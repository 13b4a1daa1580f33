package target

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// drain is how long we listen to what a hook left running in the background.
const drain = time.Second

// execution is one run of a script.
type execution struct {
	device  string
	script  clm.Script
	mark    string
	output  *tail
	printed *marked // its standard output
	errors  *marked
}

func newExecution(device string, s clm.Script) *execution {
	h := &execution{device: device, script: s, mark: newName("clm-hook-"), output: newTail(tailSize)}
	h.printed, h.errors = &marked{mark: h.mark, rest: h.output}, &marked{mark: h.mark, rest: h.output}
	return h
}

// ended is the result of a shell that ended by itself. One that did not say its
// mark never came to the script: sudo wants a password, say.
func (h *execution) ended(code int) (clm.ScriptResult, error) {
	if _, began := h.printed.process(); !began {
		return clm.ScriptResult{}, clm.Errorf(clm.KindFailed, "device %q: the script did not begin", h.device).
			Because(errors.New(h.printed.complaint() + h.errors.complaint())).WithHint("let the account run /bin/sh, with ssh.sudo = true through sudo without a password")
	}
	return clm.ScriptResult{ExitCode: code, Output: h.output.String()}, nil
}

// stopped is the error of a script that was killed by us.
func (h *execution) stopped(cause error) (clm.ScriptResult, error) {
	what := clm.Errorf(clm.KindFailed, "device %q: the script took longer than %v and was killed", h.device, patience(h.script))
	if errors.Is(cause, context.Canceled) {
		what = clm.Errorf(clm.KindFailed, "device %q: the script was called off and killed", h.device)
	}
	if last := h.output.line(); last != "" {
		what = what.Because(errors.New("the last it said was:\n" + last))
	}
	return clm.ScriptResult{ExitCode: -1, Output: h.output.String()},
		what.WithHint("what it did until then is done; look at the device, then correct the script or give it more time")
}

// unknown is the error of a script of which nobody knows what it did.
func (h *execution) unknown(cause error) (clm.ScriptResult, error) {
	return clm.ScriptResult{ExitCode: -1, Output: h.output.String()},
		clm.NobodyKnows(clm.Errorf(clm.KindFailed, "device %q: the outcome of the script is unknown", h.device).Because(cause).
			WithHint("it may have run to its end, in part or not at all; look at the device before it is run again"))
}

// marked passes on what is printed after the line that says the mark and the
// process of the shell. What comes before is not the hook's: an account's shell
// greets, or sudo says why it will not begin.
type marked struct {
	mark string
	rest *tail

	mu    sync.Mutex
	begun bool
	pid   int
	early []byte
}

func (m *marked) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun {
		return m.rest.Write(b)
	}
	m.early = append(m.early, b...)
	_, after, found := bytes.Cut(m.early, []byte(m.mark+" "))
	line, after, whole := bytes.Cut(after, []byte("\n"))
	switch {
	case found && whole:
		m.begun, m.early = true, nil
		m.pid, _ = strconv.Atoi(strings.TrimSpace(string(line)))
		_, _ = m.rest.Write(after)
	case len(m.early) > tailSize: // the mark is shorter than half of it
		m.early = bytes.Clone(m.early[len(m.early)-tailSize/2:])
	}
	return len(b), nil
}

// process is that of the shell, once it is known that it began.
func (m *marked) process() (pid int, begun bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pid, m.begun
}

// complaint is the last line of what came before the mark.
func (m *marked) complaint() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(m.early)), "\n")
	return strings.ToValidUTF8(lines[len(lines)-1], "�")
}
