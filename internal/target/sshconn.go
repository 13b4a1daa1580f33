package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// limits are the patience with devices.
type limits struct {
	connect time.Duration // from the first packet to a login
	answer  time.Duration // of one operation
	beat    time.Duration // between two questions whether the peer is there
	idle    time.Duration // until a connection that nobody uses is closed
	dials   int           // at once

	elsewhere bool // no device is this machine
}

var usual = limits{connect: 10 * time.Second, answer: time.Minute, beat: 15 * time.Second, idle: time.Minute, dials: 32}

// maxActs is how many acts use one connection at once. Each has up to two
// programs running there (locks); with the one of SFTP that stays below the ten
// sessions that sshd allows, and so no lock ever waits for a session that the
// holder of another lock waits for.
const maxActs = 4

// conn is one connection to a device, shared by concurrent acts.
type conn struct {
	address string
	sudo    bool
	limits  limits
	client  *ssh.Client
	through io.Closer // the connection to the jump host, if any
	acts    chan struct{}
	pipe    func(io.WriteCloser) io.WriteCloser
	dead    chan struct{} // closed when the connection is
	silent  atomic.Bool   // the peer did not answer in time

	mu    sync.Mutex
	files *sftp.Client
	names map[string]int // users and groups whose numbers are known
}

func newConn(client *ssh.Client, through io.Closer, address string, sudo bool, l limits) *conn {
	c := &conn{
		client: client, through: through, address: address, sudo: sudo, limits: l,
		acts: make(chan struct{}, maxActs), dead: make(chan struct{}), names: map[string]int{},
	}
	go c.watch()
	go c.beat()
	return c
}

// watch closes what belongs to a connection that ended.
func (c *conn) watch() {
	_ = c.client.Wait()
	close(c.dead)
	if c.through != nil {
		c.through.Close()
	}
}

// beat notices a peer that went silent: nothing else does, without traffic.
func (c *conn) beat() {
	tick := time.NewTicker(c.limits.beat)
	defer tick.Stop()
	for {
		select {
		case <-c.dead:
			return
		case <-tick.C:
			if c.ping(c.limits.beat) != nil {
				return
			}
		}
	}
}

// ping asks whether the peer is there. One that is not loses the connection.
func (c *conn) ping(patience time.Duration) error {
	late := time.AfterFunc(patience, c.kill)
	defer late.Stop()
	_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
	if err != nil {
		c.client.Close()
		<-c.dead // nobody is given the connection any more
	}
	return err
}

// kill gives up a peer that does not answer.
func (c *conn) kill() {
	c.silent.Store(true)
	c.client.Close()
}

func (c *conn) whyLost(err error) error {
	if c.silent.Load() {
		return fmt.Errorf("no answer within %v", c.limits.answer)
	}
	if errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), "<nil>") { // package ssh waited for a packet, and none came
		return errors.New("closed by the other side")
	}
	return err
}

func (c *conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// broke tells, where a session has ended, whether it did so with its connection. A
// session may end a moment before its connection is seen to have: the peer is asked.
func (c *conn) broke() bool { return c.isDead() || c.ping(c.limits.beat) != nil }

// begin waits until another act may use the connection.
func (c *conn) begin(ctx context.Context) error {
	select {
	case c.acts <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conn) end() { <-c.acts }

// sftp is the one SFTP session of the connection. It may be used concurrently.
func (c *conn) sftp() (*sftp.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files != nil {
		return c.files, nil
	}
	watch := time.AfterFunc(c.limits.answer, c.kill)
	defer watch.Stop()
	files, err := c.openFiles()
	if err == nil {
		c.files = files
	}
	return files, err
}
