package target

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// hop is one SSH server on the way, and who we are there.
type hop struct {
	field   string // of the configuration, for errors
	host    string
	port    int64
	hostKey string
	login   *clm.Login
}

func (h hop) address() string { return net.JoinHostPort(h.host, strconv.FormatInt(h.port, 10)) }

// hops are the servers on the way to the device, the device last.
func hops(s clm.SSH) []hop {
	var all []hop
	if j := s.JumpHost; j != nil {
		all = append(all, hop{field: "ssh.jump_host.host_key", host: j.Host, port: j.Port, hostKey: j.HostKey, login: j.Login})
	}
	return append(all, hop{field: "ssh.host_key", host: s.Host, port: s.Port, hostKey: s.HostKey, login: s.Login})
}

// dialer opens a way for packets: of this machine, or of a jump host.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dial logs in at every server on the way.
func dial(ctx context.Context, s clm.SSH, l limits) (*ssh.Client, io.Closer, error) {
	through, reach, err := approachHost(ctx, s, l)
	if err != nil {
		return nil, nil, err
	}
	client, err := enter(ctx, reach, last(hops(s)), l)
	if err != nil && through != nil {
		through.Close()
	}
	return client, through, err
}

func last(all []hop) hop { return all[len(all)-1] }

// approachHost gets to where the device can be dialled from.
func approachHost(ctx context.Context, s clm.SSH, l limits) (io.Closer, dialer, error) {
	direct := l.direct().DialContext
	if s.JumpHost == nil {
		return nil, direct, nil
	}
	jump, err := enter(ctx, direct, hops(s)[0], l)
	if err != nil {
		return nil, nil, err
	}
	return jump, jump.DialContext, nil
}

// enter logs in at one server.
func enter(ctx context.Context, reach dialer, h hop, l limits) (*ssh.Client, error) {
	key, err := hostKey(h.field, h.address(), h.hostKey)
	if err != nil {
		return nil, err
	}
	if h.login == nil {
		return nil, clm.Errorf(clm.KindFailed, "no credential was opened for %s", h.address()).WithHint("name a credential of the estate")
	}
	p, err := prove(*h.login)
	if err != nil {
		return nil, err
	}
	defer p.close()
	config := &ssh.ClientConfig{
		User: h.login.Username, Auth: p.methods,
		HostKeyCallback: strictly(key, h.address()), HostKeyAlgorithms: preferring(key.Type()),
	}
	client, err := shake(ctx, reach, h, config, l)
	if isNoEntry(err) {
		return nil, clm.Errorf(clm.KindFailed, "%s does not accept the credential of %s (tried: %s)", h.address(), h.login.Username, strings.Join(p.tried, ", ")).
			WithHint("correct the credential, or the account on the device")
	}
	return client, err
}

// isNoEntry tells a server that refuses the credential, in the words that package
// ssh has for it: nothing worked, or too much was tried, or the server offered to
// ask for a password (60) and then said no (51).
func isNoEntry(err error) bool {
	if err == nil {
		return false
	}
	for _, words := range []string{"unable to authenticate", "Too many authentication failures", "unexpected message type 51 (expected 60)"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// shake connects and shakes hands, within the time for that.
func shake(ctx context.Context, reach dialer, h hop, config *ssh.ClientConfig, l limits) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, l.connect)
	defer cancel()
	raw, err := reach(ctx, "tcp", h.address())
	if err != nil {
		return nil, noWay(h, err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() }) // a jump host's way knows no deadline
	conn, channels, requests, err := ssh.NewClientConn(raw, h.address(), config)
	if !stop() && err == nil {
		conn.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		raw.Close()
		return nil, noHandshake(h, errors.Join(err, deadline(ctx)))
	}
	return ssh.NewClient(conn, channels, requests), nil
}

// deadline tells that the time was over, in place of what that led to.
func deadline(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// noWay: nobody was spoken to.
func noWay(h hop, err error) error {
	what := err
	var name *net.DNSError
	var op *net.OpError
	var refused *clm.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &name):
		what = clm.ErrUnresolved
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		what = errors.New("no answer in time")
	case errors.As(err, &op):
		what = op.Err
		var call *os.SyscallError
		if errors.As(op.Err, &call) {
			what = call.Err
		}
	}
	return clm.Errorf(clm.KindUnreachable, "connecting to %s", h.address()).Because(what).
		WithHint("see that the device is up and its SSH server listens there")
}

// noHandshake sorts why a server that answers lets nobody in.
func noHandshake(h hop, err error) error {
	var complete *clm.Error
	var choice *ssh.AlgorithmNegotiationError
	switch {
	case errors.As(err, &complete):
		return complete
	case errors.Is(err, errSeen), isNoEntry(err):
		return err
	case errors.As(err, &choice):
		return clm.Errorf(clm.KindFailed, "%s speaks no SSH that is safe enough", h.address()).Because(choice).WithHint("bring its SSH server up to date")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return clm.Errorf(clm.KindUnreachable, "connecting to %s: no greeting in time", h.address()).
			WithHint("see that an SSH server listens there, and that the device is not overloaded")
	}
	return clm.Errorf(clm.KindUnreachable, "connecting to %s: the connection was closed before the login", h.address()).Because(shorter(err)).
		WithHint("see that an SSH server listens there and takes more connections (MaxStartups)")
}

func shorter(err error) error {
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "\n")
	return errors.New(text)
}

// identify looks at the host key of the device, without logging in there.
func identify(ctx context.Context, s clm.SSH, l limits) (string, error) {
	through, reach, err := approachHost(ctx, s, l)
	if err != nil {
		return "", err
	}
	if through != nil {
		defer through.Close()
	}
	var seen string
	config := &ssh.ClientConfig{User: "clm", HostKeyCallback: peeking(&seen), HostKeyAlgorithms: modern}
	_, err = shake(ctx, reach, last(hops(s)), config, l)
	if seen != "" {
		return seen, nil
	}
	return "", err
}
