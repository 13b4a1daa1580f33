package servers

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
)

// HAProxy ends TLS.
type HAProxy struct{ *Process }

// StartHAProxy runs HAProxy with a bundle: one PEM file with the certificate, its
// chain and its key.
func StartHAProxy(t testing.TB, bundle string) *HAProxy {
	t.Helper()
	dir, at := folder(t), addresses(t, 2)
	conf := filepath.Join(dir, "haproxy.cfg")
	write(t, conf, fmt.Sprintf(haproxyConf, at[0], bundle))
	p := start(t, "haproxy", "haproxy", "-W", "-S", at[1], "-f", conf)
	p.listens(t, at...)
	Await(t, "answer of HAProxy's master process", func() bool { return answers(at[1]) })
	p.reloadsOn("USR2")
	return &HAProxy{p}
}

// answers asks the master process for its version. Until it answers, signals are
// lost, and so are connections.
func answers(master string) bool {
	conn, err := net.Dial("tcp", master)
	if err != nil {
		return false
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("show version\n")); err != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1))
	return err == nil
}

// Reload returns when the worker with the old certificate is gone.
func (s *HAProxy) Reload(t testing.TB) {
	t.Helper()
	const gone = "Former worker"
	before := s.count(gone)
	s.Process.Reload(t)
	s.says(t, gone, before+1)
}

const haproxyConf = `
global
  nbthread 1
  maxconn 64
  log stderr format raw local0 notice
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend https
  bind %[1]s ssl crt %[2]s
  http-request return status 204
`
