//go:build unix

package sshd

import (
	"fmt"
	"net"
	"os"
)

// AnotherPort opens one more port, so that the server looks like one more machine.
func (s *Server) AnotherPort() (int64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, listener)
	s.all.Go(func() { s.serve(listener) })
	return int64(listener.Addr().(*net.TCPAddr).Port), nil //nolint:forcetypeassert // it listens on TCP
}

// serve starts a server process for each connection, as inetd(8) would: so there
// is no port to lose to somebody else, and no start to wait for.
func (s *Server) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if err := s.hand(conn.(*net.TCPConn)); err != nil { //nolint:forcetypeassert // it listens on TCP
			fmt.Fprintln(os.Stderr, "sshd:", err)
		}
	}
}
