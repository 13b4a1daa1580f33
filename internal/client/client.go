// Package client speaks the HTTP API. It is the provider's and the agent's only
// way to a backend: over the network, or through a transport that calls the
// same handler in this process.
//
// It knows package api and nothing behind it: no rules, no Terraform.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Options say where the backend is and how to reach it.
type Options struct {
	Endpoint  string            // base URL; with an in-process transport any will do
	Transport http.RoundTripper // nil: the standard library's
	UserAgent string
	// Scope sets apart the places this principal works from, such as the folder
	// of a configuration: a create repeated from the same place is recognized.
	Scope string
}

// Client is safe for concurrent use.
type Client struct {
	http  *retryablehttp.Client
	base  string
	agent string
	scope string

	mu   sync.Mutex
	used map[string]map[int]bool // numbers of the creates under way or done, by content
}

// New makes a client.
func New(o Options) *Client {
	h := retryablehttp.NewClient()
	h.Logger = nil
	h.RetryMax, h.RetryWaitMin, h.RetryWaitMax = 4, 100*time.Millisecond, 5*time.Second
	h.CheckRetry = worthRetrying
	h.ErrorHandler = retryablehttp.PassthroughErrorHandler
	if o.Transport != nil {
		h.HTTPClient = &http.Client{Transport: o.Transport}
	}
	h.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{http: h, base: strings.TrimSuffix(o.Endpoint, "/"), agent: o.UserAgent, scope: o.Scope, used: map[string]map[int]bool{}}
}

// worthRetrying repeats what never arrived and what something on the way could
// not take just then. A problem document is the backend's own answer: it has
// waited for its storage, or for a device, as long as it will. Every request is
// safe to repeat: a POST carries its key.
func worthRetrying(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err != nil {
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	if ctx.Err() != nil {
		return false, nil //nolint:nilerr // time is up, but there is an answer: what it tells has happened
	}
	answered := resp.Header.Get("Content-Type") == "application/problem+json"
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable && !answered, nil
}

// call sends one request and reads its answer into a T.
func call[T any](ctx context.Context, c *Client, method, path string, in any, header http.Header) (out T, err error) {
	var payload []byte
	if in != nil {
		if payload, err = json.Marshal(in); err != nil {
			return out, fmt.Errorf("encoding the request: %w", err)
		}
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return out, fmt.Errorf("making the request %s %s: %w", method, path, err)
	}
	req.Header = c.headers(header, in != nil)
	resp, err := c.http.Do(req)
	if err != nil {
		return out, c.unanswered(ctx, err)
	}
	defer resp.Body.Close() // the body has been read; closing frees the connection
	return out, read(resp, &out)
}

func (c *Client) headers(given http.Header, hasBody bool) http.Header {
	h := given.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Accept", "application/json")
	h.Set("User-Agent", c.agent)
	if hasBody {
		h.Set("Content-Type", "application/json")
	}
	return h
}

// read decodes an answer, or the problem that came instead of one.
func read(resp *http.Response, out any) error {
	var content bytes.Buffer
	if _, err := content.ReadFrom(resp.Body); err != nil {
		return fmt.Errorf("reading the backend's answer: %w", err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return problemOf(resp, content.Bytes())
	}
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(content.Bytes(), out); err != nil {
		return fmt.Errorf("the backend answered something that is not the API's JSON: %w", err)
	}
	return nil
}

// problemOf reads a problem document; from anything else (a proxy's page) the
// status alone is taken, except that it never says that a thing is gone: whoever
// believed that would make it again.
func problemOf(resp *http.Response, content []byte) error {
	var p api.Problem
	if json.Unmarshal(content, &p) == nil && p.Code != "" {
		return &p
	}
	code := api.CodeOf(resp.StatusCode)
	if code == api.CodeNotFound { // the backend says so in a document: this is somebody who knows nothing of the estate
		code = api.CodeUnavailable
	}
	return api.NewProblem(code, "", "the backend answered "+resp.Status, "check the endpoint: something other than the backend may be answering")
}

// create posts with an idempotency key derived from the request's content, so
// that a run that died after its create finds the result in the next run. A
// second, equal create of one process is another wish and gets another key.
func create[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	return createAs[T](ctx, c, path, in, in)
}

// createAs makes the key of a request from what is known openly: a key is recorded,
// and that of a short secret would tell it.
func createAs[T any](ctx context.Context, c *Client, path string, in, known any) (T, error) {
	content := c.digest(path, known)
	number := c.take(content)
	key := fmt.Sprintf("%s-%d", content, number)
	out, err := call[T](ctx, c, http.MethodPost, path, in, http.Header{api.IdempotencyKey: {key}})
	if err != nil {
		c.giveBack(content, number)
	}
	return out, err
}

// take finds the lowest number no create of that content has, so that two at
// once are two wishes as well.
func (c *Client) take(content string) (number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used[content] == nil {
		c.used[content] = map[int]bool{}
	}
	for c.used[content][number] {
		number++
	}
	c.used[content][number] = true
	return number
}

// giveBack lets a create that failed be tried again under its own number.
func (c *Client) giveBack(content string, number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.used[content], number)
}

func (c *Client) digest(path string, in any) string {
	payload, err := json.Marshal(in)
	if err != nil {
		payload = nil // call fails on the same encoding and says so
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %s", c.scope, path, payload)
	return hex.EncodeToString(h.Sum(nil))
}

// all reads a whole collection, page by page.
func all[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	var items []T
	for {
		page, err := call[api.List[T]](ctx, c, http.MethodGet, path+"?"+query.Encode(), nil, nil)
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items, nil
		}
		query.Set("after", page.Next)
	}
}

func itemOf(collection, ref string) string {
	escaped := url.PathEscape(ref)
	if ref == "." || ref == ".." { // as they are, they would lead to the collection or above it
		escaped = strings.ReplaceAll(ref, ".", "%2E")
	}
	return collection + "/" + escaped
}
