package backend_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// wire is the network before a device: it can be cut, be dead, or lead elsewhere. It
// has a loopback address of its own, so that nobody takes its port while it is down.
type wire struct {
	t       *testing.T
	address string

	mu       sync.Mutex
	listener net.Listener // nil while it is down
	server   string
	conns    map[net.Conn]bool
	passed   int    // bytes to the device
	cutAt    int    // when so many have passed, 0: never
	cut      func() // what happens then; nothing more passes on that connection
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	w := &wire{t: t, address: net.JoinHostPort(servers.Loopback(), "0"), server: server, conns: map[net.Conn]bool{}}
	w.up()
	t.Cleanup(w.down)
	return w
}

// up listens, at the same address as before.
func (w *wire) up() {
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Errorf("bringing the device up: %v", err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener, w.address = l, l.Addr().String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
}

// down refuses connections, and breaks those there are.
func (w *wire) down() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != nil {
		w.listener.Close()
		w.listener = nil
	}
	w.hangUp()
}

func (w *wire) isUp() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.listener != nil
}

// to leads to another server from now on.
func (w *wire) to(server string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.server = server
	w.hangUp()
}

func (w *wire) hangUp() {
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}

// cutAfter does what is to be done once so many more bytes have gone to the device.
func (w *wire) cutAfter(bytes int, cut func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cutAt, w.cut = w.passed+bytes, cut
}

// traffic is how many bytes have gone to the device so far.
func (w *wire) traffic() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.hold(client))
	if err != nil {
		return
	}
	defer server.Close()
	w.hold(server)
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	b := make([]byte, 4096)
	for {
		n, err := client.Read(b)
		n, cut := w.pass(n)
		if _, failed := server.Write(b[:n]); failed != nil || err != nil {
			return
		}
		if cut != nil {
			cut()
			return
		}
	}
}

// hold notes a connection, to be broken one day, and tells where the wire leads.
func (w *wire) hold(c net.Conn) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener == nil {
		c.Close()
		return ""
	}
	w.conns[c] = true
	return w.server
}

// pass tells how many of n bytes may go on, and what to do after them.
func (w *wire) pass(n int) (allowed int, cut func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cutAt > 0 && w.passed+n >= w.cutAt {
		n, cut, w.cutAt = w.cutAt-w.passed, w.cut, 0
	}
	w.passed += n
	return n, cut
}
