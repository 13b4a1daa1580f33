package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replies answers request after request, the last reply over and over, and keeps
// what it was asked.
type replies struct {
	mu      sync.Mutex
	replies []reply
	asked   []*http.Request
	bodies  []string
}

type reply struct {
	status int
	kind   string // content type
	body   string
	err    error
}

func (r *replies) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body := ""
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(content)
	}
	next := r.replies[min(len(r.asked), len(r.replies)-1)]
	r.asked, r.bodies = append(r.asked, req), append(r.bodies, body)
	if next.err != nil {
		return nil, next.err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", next.status, http.StatusText(next.status)), StatusCode: next.status,
		Header: http.Header{"Content-Type": {next.kind}}, Body: io.NopCloser(strings.NewReader(next.body)), Request: req,
	}, nil
}

func asking(r ...reply) (*client.Client, *replies) {
	way := &replies{replies: r}
	return client.New(client.Options{Endpoint: "http://backend/", Transport: way, UserAgent: "test/1"}), way
}

func device() reply {
	return reply{status: 200, kind: "application/json", body: `{"id":"1","name":"a"}`}
}

func trouble(code api.Code) reply {
	body, err := json.Marshal(api.NewProblem(code, "", "it went wrong", ""))
	if err != nil {
		panic(err)
	}
	return reply{status: api.StatusOf(code), kind: "application/problem+json", body: string(body)}
}

// What never arrived, and what the backend could not take just then, is asked
// again, with the same body; anything else is an answer.
func TestRetries(t *testing.T) {
	t.Parallel()
	refused := reply{err: errors.New("connection refused")}
	for _, tt := range []struct {
		name    string
		replies []reply
		asked   int
		code    api.Code // of the error, "" for success
	}{
		{"at once", []reply{device()}, 1, ""},
		{"unavailable for a while", []reply{{status: 503}, {status: 503}, device()}, 3, ""},
		{"too many requests", []reply{{status: 429}, device()}, 2, ""},
		{"connection refused", []reply{refused, refused, device()}, 3, ""},
		{"unavailable for good", []reply{{status: 503}}, 5, api.CodeUnavailable},
		{"storage unavailable", []reply{trouble(api.CodeUnavailable), device()}, 1, api.CodeUnavailable},
		{"a device does not answer", []reply{trouble(api.CodeUnreachable), device()}, 1, api.CodeUnreachable},
		{"taken", []reply{trouble(api.CodeExists), device()}, 1, api.CodeExists},
		{"conflict", []reply{trouble(api.CodeConflict), device()}, 1, api.CodeConflict},
		{"failed", []reply{trouble(api.CodeFailed), device()}, 1, api.CodeFailed},
		{"a defect", []reply{trouble(api.CodeInternal), device()}, 1, api.CodeInternal},
		{"invalid", []reply{trouble(api.CodeInvalid), device()}, 1, api.CodeInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // waiting between attempts takes no time here
				c, way := asking(tt.replies...)
				_, err := c.UpdateDevice(t.Context(), "1", api.WriteDevice{Name: "a"})
				if tt.code == "" && err != nil || tt.code != "" && !api.Is(err, tt.code) {
					t.Errorf("error %v, want code %q", err, tt.code)
				}
				if len(way.asked) != tt.asked {
					t.Errorf("asked %d times, want %d", len(way.asked), tt.asked)
				}
				for _, body := range way.bodies {
					if body != way.bodies[0] || body == "" {
						t.Errorf("asked with %q, then with %q", way.bodies[0], body)
					}
				}
			})
		})
	}
}

// Giving up is an error that says who did not answer, and why.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, way := asking(reply{err: errors.New("connection refused")})
		_, err := c.Device(t.Context(), "1")
		if err == nil || !strings.HasPrefix(err.Error(), "asking the backend at http://backend: ") || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("error %v", err)
		}
		if len(way.asked) != 5 {
			t.Errorf("asked %d times", len(way.asked))
		}
	})
}

// Somebody who gives up waiting is not kept waiting.
func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, way := asking(reply{status: 503})
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		_, err := c.Device(ctx, "1")
		if !errors.Is(err, context.DeadlineExceeded) || len(way.asked) > 2 {
			t.Errorf("asked %d times, error %v", len(way.asked), err)
		}
	})
}

// What answers with something else than the API is not believed: least of all
// that a thing is gone, because whoever believes that makes it again.
func TestStrangersAreNotBelieved(t *testing.T) {
	t.Parallel()
	const hint = " (check the endpoint: something other than the backend may be answering)"
	for _, tt := range []struct {
		reply reply
		code  api.Code
		text  string
	}{
		{reply{status: 404, kind: "text/html", body: "<h1>no such page</h1>"}, api.CodeUnavailable, "the backend answered 404 Not Found" + hint},
		{reply{status: 404}, api.CodeUnavailable, "the backend answered 404 Not Found" + hint},
		{reply{status: 404, kind: "application/json", body: `{"code":""}`}, api.CodeUnavailable, "the backend answered 404 Not Found" + hint},
		{reply{status: 401, kind: "text/plain", body: "who?"}, api.CodeDenied, "the backend answered 401 Unauthorized" + hint},
		{reply{status: 502, kind: "text/html", body: "<h1>bad gateway</h1>"}, api.CodeFailed, "the backend answered 502 Bad Gateway" + hint},
		{reply{status: 418}, api.CodeInternal, "the backend answered 418 I'm a teapot" + hint},
		{reply{status: 200, kind: "text/html", body: "<h1>welcome</h1>"}, "",
			"the backend answered something that is not the API's JSON: invalid character '<' looking for beginning of value"},
		{reply{status: 200, body: ""}, "", "the backend answered something that is not the API's JSON: unexpected end of JSON input"},
	} {
		c, _ := asking(tt.reply)
		_, err := c.Device(t.Context(), "1")
		if err == nil || err.Error() != tt.text || tt.code != "" && !api.Is(err, tt.code) {
			t.Errorf("%+v: %v", tt.reply, err)
		}
	}
	gone, _ := asking(trouble(api.CodeNotFound))
	if _, err := gone.Device(t.Context(), "1"); !api.Is(err, api.CodeNotFound) {
		t.Errorf("the backend itself says that it is gone: %v", err)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	c, way := asking(device())
	_, err := c.Device(t.Context(), "a b/c")
	must(t, err)
	get := way.asked[0]
	if get.Method != http.MethodGet || get.URL.String() != "http://backend/v1/devices/a%20b%2Fc" {
		t.Errorf("%s %s", get.Method, get.URL)
	}
	if get.Header.Get("Accept") != "application/json" || get.Header.Get("User-Agent") != "test/1" || get.Header.Get("Content-Type") != "" {
		t.Errorf("headers of a read: %v", get.Header)
	}
	_, err = c.CreateDevice(t.Context(), api.WriteDevice{Name: "a", CertSync: "ignored"})
	must(t, err)
	post := way.asked[1]
	if way.bodies[1] != `{"name":"a","cert_sync":"ignored"}` || post.Header.Get("Content-Type") != "application/json" || post.Header.Get(api.IdempotencyKey) == "" {
		t.Errorf("a create sends %s with %v", way.bodies[1], post.Header)
	}
	must(t, c.DeleteDevice(t.Context(), "."))
	if last := way.asked[2]; last.Method != http.MethodDelete || last.URL.EscapedPath() != "/v1/devices/%2E" {
		t.Errorf("%s %s", last.Method, last.URL.EscapedPath())
	}
}

func TestCertificateFilterOnTheWire(t *testing.T) {
	t.Parallel()
	c, way := asking(reply{status: 200, body: `{"items":[],"next":"a & b"}`}, reply{status: 200, body: `{"items":[]}`})
	_, err := c.Certificates(t.Context(), client.CertificateFilter{
		IssuerID: "1", CommonName: "a b", NameContains: "x&y", ExpiresBefore: time.Date(2026, 11, 22, 6, 0, 0, 0, time.FixedZone("", 3600)), Revoked: true,
	})
	must(t, err)
	const query = "common_name=a+b&expires_before=2026-11-22T05%3A00%3A00Z&issuer_id=1&name_contains=x%26y&revoked=true"
	if got := way.asked[0].URL.RawQuery; got != query {
		t.Errorf("asked for %s", got)
	}
	if got := way.asked[1].URL.RawQuery; got != "after=a+%26+b&"+query {
		t.Errorf("then for %s", got)
	}
}
