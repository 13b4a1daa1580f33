package target

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// session is one program that runs on a device.
type session struct {
	conn    *conn
	channel ssh.Channel
	ended   chan struct{} // closed when result is known, or never will be
	result  ending
	errors  chan struct{} // closed when the error stream is at its end
}

// ending is how a program ended.
type ending struct {
	known  bool
	code   int
	signal string
}

// asked is a channel that was asked for.
type asked struct {
	channel  ssh.Channel
	requests <-chan *ssh.Request
	err      error
}

// open asks for a channel. Package ssh never answers who asks in the moment in which the
// connection breaks: its end is an answer too.
func (c *conn) open() (ssh.Channel, <-chan *ssh.Request, error) {
	answer := make(chan asked, 1)
	go func() {
		channel, requests, err := c.client.OpenChannel("session", nil)
		answer <- asked{channel, requests, err}
	}()
	select {
	case o := <-answer:
		return o.channel, o.requests, o.err
	case <-c.dead:
		return nil, nil, io.EOF
	}
}

// start begins a program ("exec") or a subsystem.
func (c *conn) start(kind, payload string) (*session, error) {
	watch := time.AfterFunc(c.limits.answer, c.kill)
	defer watch.Stop()
	channel, requests, err := c.open()
	if err != nil {
		return nil, c.noSession(err)
	}
	s := &session{conn: c, channel: channel, ended: make(chan struct{}), errors: make(chan struct{})}
	go s.listen(requests)
	begun, err := channel.SendRequest(kind, true, ssh.Marshal(struct{ Text string }{payload}))
	if err == nil && begun {
		return s, nil
	}
	channel.Close()
	if err != nil || c.broke() {
		return nil, &lost{address: c.address, cause: c.whyLost(errors.Join(err, io.EOF))}
	}
	return nil, clm.Errorf(clm.KindFailed, "the SSH server of %s refuses to start %s %s", c.address, kind, payload).
		WithHint("the account needs both SFTP and a shell: no ForceCommand, no ChrootDirectory, and the sftp subsystem")
}

func (c *conn) noSession(err error) error {
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) {
		return clm.Errorf(clm.KindFailed, "the SSH server of %s refuses a session", c.address).Because(err).
			WithHint("let MaxSessions in its sshd_config be 10, as it is by default")
	}
	return &lost{address: c.address, cause: c.whyLost(err)}
}

// listen waits for the word how the program ended.
func (s *session) listen(requests <-chan *ssh.Request) {
	told := false
	tell := func() {
		if !told {
			told = true
			close(s.ended)
		}
	}
	for r := range requests {
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
		if told || !s.result.learn(r) {
			continue
		}
		tell()
	}
	tell()
}

func (e *ending) learn(r *ssh.Request) bool {
	switch r.Type {
	case "exit-status":
		if len(r.Payload) < 4 {
			return false
		}
		e.known, e.code = true, int(binary.BigEndian.Uint32(r.Payload))
	case "exit-signal":
		var m struct {
			Signal string
			Core   bool
			Text   string
			Lang   string
		}
		if ssh.Unmarshal(r.Payload, &m) != nil {
			return false
		}
		e.known, e.signal, e.code = true, m.Signal, codeOf(m.Signal)
	default:
		return false
	}
	return true
}

// codeOf is the exit code a shell gives a program that a signal ended.
func codeOf(signal string) int {
	numbers := map[string]int{"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15}
	return 128 + numbers[signal]
}

func (s *session) copyErrors(to io.Writer) {
	defer close(s.errors)
	_, _ = io.Copy(to, s.channel.Stderr())
}

// words waits a moment for what the program complained about.
func (s *session) words(said *tail) string {
	select {
	case <-s.errors:
	case <-time.After(time.Second):
	}
	return said.line()
}

// ask runs a short script and tells what it printed.
func (c *conn) ask(ctx context.Context, script string) (out string, end ending, err error) {
	s, err := c.start("exec", c.shell())
	if err != nil {
		return "", ending{}, err
	}
	defer s.channel.Close()
	watch := time.AfterFunc(c.limits.answer, c.kill)
	defer watch.Stop()
	stop := context.AfterFunc(ctx, func() { s.channel.Close() })
	defer stop()
	printed, said := newTail(tailSize), newTail(256)
	go s.copyErrors(said)
	if _, err := io.WriteString(s.channel, script); err == nil {
		_ = s.channel.CloseWrite()
	}
	_, _ = io.Copy(printed, s.channel)
	<-s.ended
	if !s.result.known {
		return "", ending{}, firstOf(ctx.Err(), &lost{address: c.address, cause: c.whyLost(io.EOF)})
	}
	if s.result.code != 0 {
		return s.words(said), s.result, nil
	}
	return printed.String(), s.result, nil
}

func firstOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// shell reads a script from its standard input, so that nothing of it is seen
// in a list of processes and no shell of the account's touches it.
func (c *conn) shell() string {
	if c.sudo {
		return "sudo -n /bin/sh -s"
	}
	return "/bin/sh -s"
}
