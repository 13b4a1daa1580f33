package target

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// pool keeps connections open between acts: to make one costs more than to push.
type pool struct {
	limits limits
	dials  chan struct{}
	pipe   func(io.WriteCloser) io.WriteCloser // what SFTP writes to, of connections to come

	mu     sync.Mutex
	lines  map[[sha256.Size]byte]*line
	closed bool
}

// line is one connection, or one that is being made; users wait for that.
type line struct {
	made  chan struct{} // closed when conn or err is there
	conn  *conn
	err   error
	users int
	since time.Time   // when the last user left
	idle  *time.Timer // closes it
}

func newPool(l limits) *pool {
	return &pool{limits: l, dials: make(chan struct{}, l.dials), pipe: func(w io.WriteCloser) io.WriteCloser { return w }, lines: map[[sha256.Size]byte]*line{}}
}

// keyOf tells connections apart: by whom they lead to, and as whom.
func keyOf(s clm.SSH) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%t", s.Sudo)
	for _, hop := range hops(s) {
		fmt.Fprintf(h, "\x00%q%q", hop.address(), hop.hostKey)
		if l := hop.login; l != nil {
			fmt.Fprintf(h, "%q%q%q%q%t", l.Username, l.PrivateKey, l.Passphrase, l.Password, l.Agent)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// get is a connection that lives, and put gives it back.
func (p *pool) get(ctx context.Context, s clm.SSH) (c *conn, put func(), err error) {
	key := keyOf(s)
	for {
		l, first, err := p.take(key)
		if err != nil {
			return nil, nil, err
		}
		if first {
			go p.make(context.WithoutCancel(ctx), s, l)
		}
		select {
		case <-l.made:
		case <-ctx.Done():
			p.put(key, l)
			return nil, nil, clm.Errorf(clm.KindFailed, "connecting to %s", last(hops(s)).address()).Because(ctx.Err())
		}
		if l.err != nil {
			p.drop(key, l)
			return nil, nil, l.err
		}
		if l.conn.isDead() || p.rested(l) && l.conn.ping(p.limits.connect) != nil {
			p.drop(key, l)
			continue
		}
		return l.conn, func() { p.put(key, l) }, nil
	}
}

// take notes a user of the line to key, and tells whether it is to be made.
func (p *pool) take(key [sha256.Size]byte) (l *line, first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, clm.Errorf(clm.KindFailed, "connecting: everything is being closed")
	}
	l = p.lines[key]
	if l == nil {
		l, first = &line{made: make(chan struct{})}, true
		p.lines[key] = l
	}
	if l.idle != nil {
		l.idle.Stop()
		l.idle = nil
	}
	l.users++
	return l, first, nil
}

// rested: nobody has used the line for a while, so the other side may be gone.
func (p *pool) rested(l *line) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.users == 1 && !l.since.IsZero() && time.Since(l.since) > time.Second
}

// make dials, but not for too many at once.
func (p *pool) make(ctx context.Context, s clm.SSH, l *line) {
	p.dials <- struct{}{}
	defer func() { <-p.dials }()
	defer close(l.made)
	client, through, err := dial(ctx, s, p.limits)
	if err != nil {
		l.err = err
		return
	}
	l.conn = newConn(client, through, last(hops(s)).address(), s.Sudo, p.limits)
	l.conn.pipe = p.pipe
}

// put gives a line back. The last user starts the time after which it closes.
func (p *pool) put(key [sha256.Size]byte, l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.users--
	if l.users > 0 {
		return
	}
	l.since = time.Now()
	l.idle = time.AfterFunc(p.limits.idle, func() { p.expire(key, l) })
}

func (p *pool) expire(key [sha256.Size]byte, l *line) {
	p.mu.Lock()
	unused := l.users == 0
	if unused && p.lines[key] == l {
		delete(p.lines, key)
	}
	p.mu.Unlock()
	if unused {
		l.close()
	}
}

// drop forgets a line that is of no use; the next user makes another.
func (p *pool) drop(key [sha256.Size]byte, l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.users--
	if p.lines[key] == l {
		delete(p.lines, key)
	}
}

// close closes everything.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	lines := p.lines
	p.lines = nil
	for _, l := range lines {
		if l.idle != nil {
			l.idle.Stop()
		}
	}
	p.mu.Unlock()
	for _, l := range lines {
		l.close()
	}
}

func (l *line) close() {
	<-l.made
	if l.conn != nil {
		l.conn.client.Close()
	}
}
