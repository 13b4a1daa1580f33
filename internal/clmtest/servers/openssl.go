package servers

import (
	"cmp"
	"regexp"
	"testing"
)

// OpenSSL is openssl s_server, which speaks what it is told to: old versions, old
// suites, alerts.
type OpenSSL struct{ *Process }

var accepting = regexp.MustCompile(`(?m)^ACCEPT(?: (\S+:\d+))?$`)

// StartOpenSSL runs s_server at IP:port, where port 0 stands for a free one, with
// more arguments. It sends the first certificate of the file alone.
func StartOpenSSL(t testing.TB, at, certificate, key string, args ...string) *OpenSSL {
	t.Helper()
	// With -www it reads no standard input, and so does not end with it.
	p := start(t, "openssl", "openssl", append([]string{"s_server", "-www", "-accept", at, "-cert", certificate, "-key", key}, args...)...)
	Await(t, "s_server that accepts", func() bool {
		p.alive(t)
		return accepting.MatchString(p.output.String())
	})
	// It tells the address where it has chosen the port.
	p.Address = cmp.Or(accepting.FindStringSubmatch(p.output.String())[1], at)
	return &OpenSSL{p}
}
