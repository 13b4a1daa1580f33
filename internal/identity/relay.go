package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// RoundTrip sends a request that is somebody else's to the server that answered last, and
// to the others in turn while none answers, as Ask does with our own: it may arrive more
// than once. Of its URL only the path counts.
func (c *Contact) RoundTrip(r *http.Request) (*http.Response, error) {
	content, err := bodyOf(r)
	if err != nil {
		return nil, fmt.Errorf("reading what is to be relayed: %w", err)
	}
	w := c.current()
	var last *http.Response
	var failures error
	for number, address := range c.inTurn() {
		resp, err := relayTo(w, address, r, content)
		switch {
		case r.Context().Err() != nil:
			return nil, r.Context().Err()
		case err != nil:
			failures = errors.Join(failures, err)
			continue
		case resp.StatusCode != http.StatusServiceUnavailable:
			c.stay(number)
			return resp, nil
		}
		last = resp
	}
	if last != nil {
		return last, nil
	}
	return nil, failures
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(r.Body)
}

// relayTo has the whole answer, so that no server that hangs in the middle of it holds up
// the next one for longer than its patience.
func relayTo(w *way, address string, r *http.Request, content []byte) (*http.Response, error) {
	target, err := url.Parse(strings.TrimSuffix(address, "/") + r.URL.EscapedPath())
	if err != nil {
		return nil, fmt.Errorf("relaying to %s: %w", address, err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	out := r.Clone(ctx)
	out.URL, out.Host, out.ContentLength, out.TransferEncoding = target, target.Host, int64(len(content)), nil
	out.Body = io.NopCloser(bytes.NewReader(content))
	if len(content) == 0 {
		out.Body = http.NoBody
	}
	resp, err := w.Transport.RoundTrip(out)
	if err != nil {
		return nil, fmt.Errorf("relaying to %s: %w", address, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("relaying to %s: reading the answer: %w", address, err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	return resp, nil
}
