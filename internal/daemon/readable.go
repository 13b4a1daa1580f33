package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
)

const maxPath = 2 << 10 // a reference has 128 characters, each of which may be escaped

// addressed lets requests through whose path and query are text. What is none would come
// as far as the database, which says so in its own way.
func addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		_, malformed := url.ParseQuery(r.URL.RawQuery)
		switch {
		case r.URL.Path == "": // CONNECT names no path
			inbound.Refuse(w, http.StatusMethodNotAllowed, "this is a server, and no proxy")
		case len(r.URL.EscapedPath()) > maxPath:
			inbound.Refuse(w, http.StatusRequestURITooLong, "the request's path is longer than that of anything here")
		case err != nil, malformed != nil, !isText(r.URL.Path), !isText(query):
			inbound.Refuse(w, http.StatusBadRequest, "the request's path or query is no text")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// readable lets bodies through that everybody reads as we do: somebody on the way may
// have looked at one and found it harmless.
func readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body) // it is in memory already
		if err == nil {
			err = unambiguous(content)
		}
		switch coding := r.Header.Get("Content-Encoding"); {
		case coding != "" && coding != "identity":
			inbound.Refuse(w, http.StatusUnsupportedMediaType, "the request's body has a Content-Encoding, which is not taken here")
		case !inUTF8(r.Header.Get("Content-Type")):
			inbound.Refuse(w, http.StatusUnsupportedMediaType, "the request's body is in another charset than UTF-8")
		case err != nil:
			inbound.Refuse(w, http.StatusBadRequest, err.Error())
		default:
			r.Body = io.NopCloser(bytes.NewReader(content))
			next.ServeHTTP(w, r)
		}
	})
}

// inUTF8 tells whether a content type has a charset that JSON may be in (RFC 8259,
// section 8.1).
func inUTF8(contentType string) bool {
	_, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return contentType == "" || err == nil && (!given || strings.EqualFold(charset, "utf-8"))
}

// maxDepth is more than anything of the API is nested.
const maxDepth = 32

// unambiguous refuses JSON that two readers may read as two things: a name twice in one
// object (RFC 8259, section 4), in whatever case, and text that is none. What is no JSON
// at all is for the API to refuse.
func unambiguous(content []byte) error {
	if !utf8.Valid(content) {
		return errors.New("the request's body is not in UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	err := value(d, 0)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func value(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	text, _ := token.(string)
	switch {
	case depth > maxDepth:
		return errors.New("the request's body is nested deeper than anything here")
	case strings.ContainsAny(text, "\x00\uFFFD"): // the decoder's word for half of a pair of surrogates
		return errors.New("the request's body has a character that is none")
	case token == json.Delim('{'):
		return members(d, depth)
	case token == json.Delim('['):
		return elements(d, depth)
	}
	return nil
}

func elements(d *json.Decoder, depth int) error {
	for d.More() {
		if err := value(d, depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func members(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := name.(string)
		if key = strings.ToLower(strings.ToUpper(key)); seen[key] { // as the decoder of the API folds
			return errors.New("the request's body has a name twice in one object")
		}
		seen[key] = true
		if err := value(d, depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
