package target

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// proxy is the network between us and a server. It can be cut.
type proxy struct {
	listener net.Listener
	server   string // "" for one that never says a word

	mu     sync.Mutex
	cutAt  int  // after so many bytes to the server, 0: never
	silent bool // once cut, it stays open and passes nothing on
	passed int
	counted
	conns []net.Conn
}

// counted are numbers of connections.
type counted struct{ open, most, all int } // most: at once

func (p *proxy) counts() counted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted
}

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{listener: l, server: server}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.carry(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.breakAll()
		running.Wait()
	})
	return p
}

// before puts the proxy on the way to a device.
func (p *proxy) before(d *clm.Device) {
	way := *d.SSH
	way.Port = int64(p.listener.Addr().(*net.TCPAddr).Port)
	d.SSH = &way
}

func (p *proxy) cutAfter(bytes int, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt, p.silent, p.passed = bytes, silent, 0
}

// traffic is how many bytes went to the server since the last cutAfter.
func (p *proxy) traffic() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

func (p *proxy) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
}

func (p *proxy) carry(client net.Conn) {
	defer client.Close()
	p.count(client, 1)
	defer p.count(client, -1)
	if p.server == "" {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	p.forward(client, server)
}

func (p *proxy) count(c net.Conn, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += n
	p.most = max(p.most, p.open)
	if n > 0 {
		p.all++
		p.conns = append(p.conns, c)
	}
}

// forward passes bytes on until they are as many as may pass.
func (p *proxy) forward(from, to net.Conn) {
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		allowed, cut, silent := p.allow(n)
		if _, failed := to.Write(b[:allowed]); failed != nil || err != nil {
			return
		}
		if cut && silent {
			_, _ = io.Copy(io.Discard, from)
		}
		if cut {
			return
		}
	}
}

func (p *proxy) allow(n int) (allowed int, cut, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAt > 0 && p.passed+n >= p.cutAt {
		n, cut = max(0, p.cutAt-p.passed), true
	}
	p.passed += n
	return n, cut, p.silent
}

func serverAddress(port int64) string { return fmt.Sprintf("127.0.0.1:%d", port) }
