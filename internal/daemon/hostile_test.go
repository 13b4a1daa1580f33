package daemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// victim is a server with an operator's token, on which is written what no client would.
type victim struct {
	*world
	token string
}

func newVictim(t *testing.T) victim {
	t.Helper()
	w := serving(t, func(c *daemon.Config) { c.Failures = 1000 })
	return victim{w, w.token(t, "operator")}
}

// header is the beginning of a request that would be let in.
func (v victim) header(line string, more ...string) string {
	return line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + v.token + "\r\n" + strings.Join(append(more, "\r\n"), "\r\n")
}

const (
	creation = "POST " + api.Devices
	inJSON   = "Content-Type: application/json"
	chunked  = "Transfer-Encoding: chunked"
	harmless = `{"name":"web-1","cert_sync":"ignored","local":{"root_directory":"/srv/web-1"}}`
)

// post is a request to make a device, with a body.
func (v victim) post(body string, more ...string) string {
	return v.header(creation, append(more, fmt.Sprintf("Content-Length: %d", len(body)))...) + body
}

// named is a device of that name, as JSON has it.
func named(name string) string { return strings.Replace(harmless, "web-1", name, 1) }

// hostile is a request and the status it is worth.
type hostile struct {
	name, request string
	status        int
}

// framing is what two servers in a row may take for different requests. Most of it
// net/http refuses by itself, in plain text.
func (v victim) framing() []hostile {
	both := v.header(creation, inJSON, "Content-Length: 4", chunked)
	one, inner := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(harmless)+1, harmless+"!"), v.post(harmless, inJSON)
	return []hostile{
		{"a length and chunks, and another request", both + one + inner, 400},
		{"nothing in chunks, and another request", both + "0\r\n\r\n" + inner, 400},
		{"two lengths", v.header(creation, inJSON, "Content-Length: 1", "Content-Length: 2") + "{}", 400},
		{"a list of lengths", v.header(creation, inJSON, "Content-Length: 2, 2") + "{}", 400},
		{"a length with a sign", v.header(creation, inJSON, "Content-Length: +2") + "{}", 400},
		{"a length below nothing", v.header(creation, inJSON, "Content-Length: -2") + "{}", 400},
		{"a length that is none", v.header(creation, inJSON, "Content-Length: 0x2") + "{}", 400},
		{"another coding", v.header(creation, inJSON, "Transfer-Encoding: xchunked") + "0\r\n\r\n", 501},
		{"chunks twice", v.header(creation, inJSON, chunked, chunked) + "0\r\n\r\n", 501},
		{"two codings", v.header(creation, inJSON, "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", 501},
		{"chunks with bare line feeds", v.header(creation, inJSON, chunked) + "2\n{}\n0\n\n", 400},
		{"broken chunks", v.header(creation, inJSON, chunked) + "zz\r\n", 400},
		{"a header with a space", v.header(creation, inJSON, "Content-Length : 2") + "{}", 400},
		{"a header with a zero", v.header(creation, inJSON, "X: a\x00b"), 400},
		{"a header with a bare carriage return", v.header(creation, inJSON, "X: a\rb"), 400},
		{"a header without a name", v.header(creation, inJSON, ": b"), 400},
		{"a fold before any header", creation + " HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n", 400},
		{"two hosts", v.header("GET "+api.Devices, "Host: elsewhere"), 400},
		{"no host", "GET " + api.Devices + " HTTP/1.1\r\n\r\n", 400},
		{"bare line feeds", "GET " + api.Devices + " HTTP/1.1\nHost: localhost\n\n", 401}, // a request, of nobody
		{"no version", "GET " + api.Devices + "\r\n\r\n", 400},
		{"another version", strings.Replace(v.header("GET "+api.Devices), "HTTP/1.1", "HTTP/2.0", 1), 505},
		{"two paths", v.header("GET " + api.Devices + " /x"), 400},
		{"a method that is none", v.header("G@T " + api.Devices), 400},
		{"a proxy asked for", v.header("CONNECT localhost:22"), 405},
		{"a trace", v.header("TRACE "+api.Devices, "X: echo"), 404},
		{"an expectation", v.post(harmless, inJSON, "Expect: 200-ok"), 417},
		{"headers without end", v.header("GET "+api.Devices, "X: "+strings.Repeat("x", 64<<10)), 431},
	}
}

// addresses are names as paths and queries have them.
func (v victim) addresses() []hostile {
	at := func(path string) string { return v.header("GET " + api.Devices + path) }
	return []hostile{
		{"a slash in a name", at("/a%2fb"), 404},
		{"a name that climbs", at("/%2e%2e%2f%2e%2e%2fhealthz"), 404},
		{"a path that climbs", at("/../../healthz"), 307}, // to what is everybody's anyway
		{"a zero", at("/%00"), 400},
		{"no UTF-8", at("/%ff%fe"), 400},
		{"an escape that is none", at("/%zz"), 400},
		{"a name beyond ASCII", at("/%e2%80%ae%f0%9f%92%a9"), 404},
		{"a long name", at("/" + strings.Repeat("a", 1<<10)), 404},
		{"a longer name", at("/" + strings.Repeat("%41", 1<<10)), 414},
		{"a name without end", at("/" + strings.Repeat("a", 80<<10)), 431},
		{"a zero in the query", at("?after=%00"), 400},
		{"no UTF-8 in the query", at("?after=%ff"), 400},
		{"a query that is none", at("?after=%zz"), 400},
		{"a semicolon in the query", at("?limit=1;limit=2"), 400},
		{"a number without end", at("?limit=99999999999999999999"), 422},
		{"a number below nothing", at("?limit=-1"), 422},
	}
}

// bodies are what a device is made of, or not.
func (v victim) bodies() []hostile {
	in := func(body string) string { return v.post(body, inJSON) }
	return []hostile{
		{"plain text", v.post(harmless, "Content-Type: text/plain"), 415},
		{"a form", v.post(harmless, "Content-Type: application/x-www-form-urlencoded"), 415},
		{"XML", v.post("<a/>", "Content-Type: application/xml"), 415},
		{"a type that is none", v.post(harmless, "Content-Type: /;="), 415},
		{"UTF-16", v.post(harmless, inJSON+"; charset=utf-16"), 415},
		{"gzip", v.post("\x1f\x8b\x08", inJSON, "Content-Encoding: gzip"), 415},
		{"gzip that is none", v.post(harmless, inJSON, "Content-Encoding: gzip"), 415},
		{"a body without end", v.post(strings.Repeat(" ", 8<<20), inJSON), 413},
		{"deep arrays", in(strings.Repeat("[", 100_000)), 400},
		{"a deep value", in(`{"name":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"), 400},
		{"a name twice", in(strings.Replace(harmless, "{", `{"name":"web-2",`, 1)), 400},
		{"a name twice, in another case", in(strings.Replace(harmless, "{", `{"NAME":"web-2",`, 1)), 400},
		{"a name twice, escaped", in(strings.Replace(harmless, "{", `{"n\u0061me":"web-2",`, 1)), 400},
		{"a name twice, inside", in(strings.Replace(harmless, `{"root`, `{"root_directory":"/","root`, 1)), 400},
		{"a field of nobody", in(strings.Replace(harmless, "{", `{"role":"administrator",`, 1)), 422},
		{"no UTF-8", in(named("a\xffb")), 400},
		{"half a character", in(named(`a\ud800`)), 400},
		{"a zero", in(named(`a\u0000`)), 400},
		{"a slash", in(named("a/b")), 422},
		{"dots", in(named("..")), 422},
		{"a name written backwards", in(named(`a\u202eb`)), 422},
		{"letters that look like others", in(named("wеb")), 422},
		{"a name that is an id", in(named("00000000-0000-7000-8000-000000000000")), 422},
		{"a name in two lines", in(named(`a\nb`)), 422},
		{"a name without end", in(named(strings.Repeat("n", 1<<20))), 422},
		{"two documents", in(harmless + harmless), 400},
		{"a mark in front", in("\xef\xbb\xbf" + harmless), 400},
		{"a number", in("1e999"), 400},
		{"nothing", in("null"), 422},
		{"no body", in(""), 400},
	}
}

// settled is the audit trail once the server has done what it does by itself at its start:
// the first list of its root comes last, and the clock stands still after that.
func (v victim) settled(t *testing.T) (trail []api.AuditEvent) {
	t.Helper()
	servers.Await(t, "first revocation list", func() bool {
		var err error
		trail, err = v.estate.AuditEvents(t.Context())
		must(t, err)
		return slices.ContainsFunc(trail, func(e api.AuditEvent) bool { return e.Action == "root_certificate.sign_revocation_list" }) &&
			slices.ContainsFunc(trail, func(e api.AuditEvent) bool { return e.Action == "certificate.serve" })
	})
	return trail
}

// Whatever is sent is answered with a clear refusal; it changes nothing, breaks nothing,
// and what was sent along is not repeated.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v.got(t, api.Devices, v.token) // the first use of a token is on record
	before := v.settled(t)
	all := append(append(v.framing(), v.addresses()...), v.bodies()...)
	for _, h := range all {
		v.refuses(t, h)
	}
	after, err := v.estate.AuditEvents(t.Context())
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the estate has changed: %s", diff)
	}
	if log := v.log.String(); strings.Contains(log, "panic") || strings.Contains(log, v.token) || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log is\n%s", log)
	}
	if resp, content := v.wired(t).says(t, v.post(harmless, inJSON)); resp.StatusCode != http.StatusCreated {
		t.Errorf("what is harmless is answered %s: %s", resp.Status, content)
	}
}

// refuses also holds that a connection on which there may be the rest of something is
// closed: nobody's request is answered twice, or in another's place.
func (v victim) refuses(t *testing.T, h hostile) {
	t.Helper()
	c := v.wired(t)
	resp, content := c.says(t, h.request)
	if resp.StatusCode != h.status {
		t.Errorf("%s: answered %s, want %d: %s", h.name, resp.Status, h.status, content)
	}
	if len(content) > 2<<10 || strings.Contains(content, v.token) {
		t.Errorf("%s: the answer is %.3000s", h.name, content)
	}
	var p api.Problem
	if kind := resp.Header.Get("Content-Type"); kind == "application/problem+json" {
		if err := json.Unmarshal([]byte(content), &p); err != nil || p.Status != h.status || p.Detail == "" {
			t.Errorf("%s: the problem is %s", h.name, content)
		}
	} else if !resp.Close && resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("%s: refused with %s, and the connection is kept", h.name, kind)
	}
	if !strings.Contains(h.name, "another request") {
		return
	}
	if rest, err := io.ReadAll(c.answers); len(rest) > 0 || err != nil {
		t.Errorf("%s: the connection goes on with %q, %v", h.name, rest, err)
	}
}

// Who is slow with his headers keeps nobody waiting, and is not waited for.
func TestSlowHeaders(t *testing.T) {
	t.Parallel()
	w := serving(t)
	var slow []wire
	for range 100 {
		c := w.wired(t)
		_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
		must(t, err)
		slow = append(slow, c)
	}
	if status, content := w.got(t, "/healthz", ""); status != http.StatusOK {
		t.Errorf("beside 100 that are slow one is answered %d %s", status, content)
	}
	for _, c := range slow {
		if answer, err := io.ReadAll(c.answers); len(answer) > 0 || err != nil {
			t.Errorf("a header that does not end is answered %q, %v", answer, err)
		}
	}
}
