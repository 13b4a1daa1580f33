package servers

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Script is what a scripted server does with a connection. The connection is
// closed when it returns, and when the test ends.
type Script func(conn net.Conn)

// StartScripted runs a server that behaves as badly as the script says.
func StartScripted(t testing.TB, script Script) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", addresses(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	var s scripted
	s.serving.Go(func() { s.accept(l, script) })
	t.Cleanup(func() {
		l.Close()
		s.closeAll()
		s.serving.Wait()
	})
	return l.Addr().String()
}

// scripted knows its connections, to end them.
type scripted struct {
	serving sync.WaitGroup
	mu      sync.Mutex
	open    []net.Conn
}

func (s *scripted) accept(l net.Listener, script Script) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open = append(s.open, conn)
		s.mu.Unlock()
		s.serving.Go(func() {
			defer conn.Close()
			script(conn)
		})
	}
}

func (s *scripted) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.open {
		conn.Close()
	}
}

// Hang says nothing, and reads until the other side gives up.
func Hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// Close closes at once.
func Close(net.Conn) {}

// Endless says the same for ever.
func Endless(text string) Script {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// Say says each text, after it has heard something between one and the next.
func Say(texts ...string) Script {
	return func(conn net.Conn) {
		heard := make([]byte, 4096)
		for i, text := range texts {
			if i > 0 {
				if _, err := conn.Read(heard); err != nil {
					return
				}
			}
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// Then does one thing after the other.
func Then(scripts ...Script) Script {
	return func(conn net.Conn) {
		for _, script := range scripts {
			script(conn)
		}
	}
}
