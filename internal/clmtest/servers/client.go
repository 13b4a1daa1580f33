package servers

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// Client connects to a server all the time. It resumes no session: each connection
// is a full handshake, and a word after it that the server has to answer.
type Client struct {
	address  string
	dialogue dialogue
	config   *tls.Config
	stop     func()
	all      sync.WaitGroup

	mu     sync.Mutex
	record Record
	last   string
	inARow int
}

// Record is what a client has met.
type Record struct {
	Handshakes int
	Failures   []error
	Seen       map[string]int // handshakes by the SHA-256 of the certificate, lower-case hex
}

const (
	atOnce    = 4
	pause     = 10 * time.Millisecond // between two connections of each, where the machine can
	distance  = 20 * time.Millisecond // of a network: a restart meets connections under way
	steadily  = 20                    // handshakes in a row
	tolerance = 10                    // failures before a client gives up
)

// Connect has a client connect until Stop, or until the test ends. It speaks tls,
// smtp, imap or postgresql, and trusts what config has it trust.
func Connect(t testing.TB, address, protocol string, config *tls.Config) *Client {
	t.Helper()
	d, known := dialogues[protocol]
	if !known {
		t.Fatalf("the client does not speak %s", protocol)
	}
	stop := make(chan struct{})
	c := &Client{address: address, dialogue: d, config: config, stop: sync.OnceFunc(func() { close(stop) })}
	c.record.Seen = map[string]int{}
	for range atOnce {
		c.all.Go(func() { c.repeat(stop) })
	}
	t.Cleanup(func() { c.Stop() })
	return c
}

// Stop lets the connections under way end, and tells what was met.
func (c *Client) Stop() Record {
	c.stop()
	c.all.Wait()
	return c.Met()
}

// Settles waits until a certificate is seen, and no other any more.
func (c *Client) Settles(t testing.TB, fingerprint string) {
	t.Helper()
	Await(t, "handshakes in a row with "+fingerprint, func() bool {
		if failures := c.Met().Failures; len(failures) > 0 {
			t.Fatalf("connecting to %s: %v", c.address, failures)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.last == fingerprint && c.inARow >= steadily
	})
}

// Met tells what was met so far.
func (c *Client) Met() Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.record
	r.Failures, r.Seen = slices.Clone(r.Failures), maps.Clone(r.Seen)
	return r
}

func (c *Client) repeat(stop <-chan struct{}) {
	again := time.NewTicker(pause)
	defer again.Stop()
	for {
		select {
		case <-stop:
			return
		case <-again.C:
			if !c.note(c.connect()) {
				return
			}
		}
	}
}

// note takes a connection down, and tells whether to go on.
func (c *Client) note(fingerprint string, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.record.Failures = append(c.record.Failures, err)
		return len(c.record.Failures) < tolerance
	}
	c.record.Handshakes++
	c.record.Seen[fingerprint]++
	if c.inARow++; fingerprint != c.last {
		c.last, c.inARow = fingerprint, 1
	}
	return true
}

// connect shakes hands once, and exchanges a word.
func (c *Client) connect() (fingerprint string, err error) {
	raw, err := net.DialTimeout("tcp", c.address, patience)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if err := c.dialogue.upgrade(raw); err != nil {
		return "", fmt.Errorf("before TLS: %w", err)
	}
	time.Sleep(distance)
	conn := tls.Client(raw, c.config)
	if err := conn.Handshake(); err != nil {
		return "", fmt.Errorf("shaking hands: %w", err)
	}
	time.Sleep(distance)
	if _, err := conn.Write([]byte(c.dialogue.word)); err != nil {
		return "", fmt.Errorf("speaking through TLS: %w", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return "", fmt.Errorf("hearing through TLS: %w", err)
	}
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	return hex.EncodeToString(sum[:]), nil
}
