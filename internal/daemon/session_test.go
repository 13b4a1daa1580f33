package daemon_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// wire is one connection to a server, on which is written what no client would write.
type wire struct {
	*tls.Conn
	answers *bufio.Reader
}

func (w *world) wired(t *testing.T) wire {
	t.Helper()
	config := w.client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "localhost"
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", w.Address())
	must(t, err)
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { conn.Close() })
	return wire{conn.(*tls.Conn), bufio.NewReader(conn)}
}

// says writes a request and reads its answer. The server may answer in the middle of it.
func (c wire) says(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	go func() { _, _ = io.WriteString(c, request) }()
	return c.hears(t)
}

func (c wire) hears(t *testing.T) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(c.answers, nil)
	must(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(content)
}

func asking(path string, headers ...string) string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, strings.Join(append(headers, ""), "\r\n"))
}

// A connection is no session: a token that is revoked, or is over, is refused at the next
// request of a connection that it has opened.
func TestATokenEndsInTheMiddleOfAConnection(t *testing.T) {
	t.Parallel()
	w := serving(t)
	for name, end := range map[string]func(){
		"revoked": func() { _, err := w.estate.RevokeAccessToken(t.Context(), "a viewer"); must(t, err) },
		"over":    func() { w.estate.Clock.Advance(time.Hour) },
	} {
		c, request := w.wired(t), asking(api.Devices, "Authorization: Bearer "+w.token(t, "viewer"))
		if resp, content := c.says(t, request); resp.StatusCode != http.StatusOK {
			t.Errorf("before it is %s it is answered %s: %s", name, resp.Status, content)
		}
		end()
		if resp, content := c.says(t, request); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(content, `"code":"denied"`) {
			t.Errorf("%s, it is answered %s: %s", name, resp.Status, content)
		}
		must(t, w.estate.DeleteAccessToken(t.Context(), "a viewer"))
		if resp, content := c.says(t, request); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("forgotten, it is answered %s: %s", resp.Status, content)
		}
	}
}

// So is a client certificate that ends: the handshake that believed in it was long ago.
func TestACertificateEndsInTheMiddleOfAConnection(t *testing.T) {
	t.Parallel()
	w := newPeople(t)
	for _, who := range w.callers {
		if who.kind != "a certificate without a role" {
			continue
		}
		r := route{"get-principal", http.MethodGet, api.PrincipalPath, "", ""}
		if resp, p := w.ask(t, who, r); resp == nil || resp.StatusCode != http.StatusOK {
			t.Errorf("while it lasts it is answered %v: %s", resp, p.Error())
		}
		w.estate.Clock.Advance(80 * 24 * time.Hour)
		if resp, p := w.ask(t, who, r); resp == nil || resp.StatusCode != http.StatusUnauthorized || !strings.Contains(p.Detail, "expired") {
			t.Errorf("when it is over it is answered %v: %s", resp, p.Error())
		}
		return
	}
	t.Error("nobody has a certificate without a role")
}

// A token is said once, in its header, and nowhere else; what was said is repeated neither
// in the answer nor in the log.
func TestHowATokenIsSaid(t *testing.T) {
	t.Parallel()
	w := serving(t, func(c *daemon.Config) { c.Failures = 1000 })
	token := w.token(t, "administrator")
	bearer, huge := "Authorization: Bearer "+token, strings.Repeat(token, 500)
	for name, tt := range map[string]struct {
		request string
		want    int
	}{
		"once":                     {asking(api.Devices, bearer), http.StatusOK},
		"folded":                   {asking(api.Devices, "Authorization: Bearer\r\n "+token), http.StatusOK}, // one space (RFC 9112, 5.2)
		"twice":                    {asking(api.Devices, bearer, bearer), http.StatusUnauthorized},
		"behind another":           {asking(api.Devices, "Authorization: Basic eA==", bearer), http.StatusUnauthorized},
		"with another in one line": {asking(api.Devices, bearer+", Bearer "+token), http.StatusUnauthorized},
		"in the query":             {asking(api.Devices + "?access_token=" + token), http.StatusUnauthorized},
		"in a cookie":              {asking(api.Devices, "Cookie: access_token="+token), http.StatusUnauthorized},
		"as somebody's password":   {asking("https://x:" + token + "@localhost" + api.Devices), http.StatusUnauthorized},
		"for a proxy":              {asking(api.Devices, "Proxy-Authorization: Bearer "+token), http.StatusUnauthorized},
		"much too long":            {asking(api.Devices, "Authorization: Bearer "+huge), http.StatusUnauthorized},
		"longer than any header":   {asking(api.Devices, "Authorization: Bearer "+huge+huge), http.StatusRequestHeaderFieldsTooLarge},
		"in capitals":              {asking(api.Devices, "Authorization: Bearer "+strings.ToUpper(token)), http.StatusUnauthorized},
		"cut short":                {asking(api.Devices, bearer[:len(bearer)-1]), http.StatusUnauthorized},
	} {
		resp, content := w.wired(t).says(t, tt.request)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: answered %s: %s", name, resp.Status, content)
		}
		if strings.Contains(content, token[4:]) || strings.Contains(strings.ToUpper(content), strings.ToUpper(token[4:])) {
			t.Errorf("%s: the answer repeats the token: %s", name, content)
		}
	}
	if strings.Contains(strings.ToUpper(w.log.String()), strings.ToUpper(token[4:])) {
		t.Errorf("the log has the token:\n%s", w.log)
	}
}
