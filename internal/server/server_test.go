package server_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answered sends a request as it is, past the client.
func answered(t *testing.T, way http.RoundTripper, method, path, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://embedded"+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := way.RoundTrip(req)
	must(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(content)
}

// problem is the problem document such a request is answered with.
func problem(t *testing.T, way http.RoundTripper, method, path, body string) api.Problem {
	t.Helper()
	resp, content := answered(t, way, method, path, body)
	var p api.Problem
	if err := json.Unmarshal([]byte(content), &p); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s %s is answered %s with no problem document: %s", method, path, resp.Status, content)
	}
	if resp.StatusCode != p.Status || p.Type != "about:blank" || p.Title != http.StatusText(p.Status) {
		t.Errorf("answered %s with a problem of status %d, %q, %q", resp.Status, p.Status, p.Type, p.Title)
	}
	return p
}

// A kind of the domain and a code on the wire are one word: server translates by
// name.
func TestKindsAreCodes(t *testing.T) {
	t.Parallel()
	kinds, codes := constants(t, "../clm/error.go", "Kind"), constants(t, "../api/problem.go", "Code")
	if len(kinds) < 10 || !cmp.Equal(kinds, codes) {
		t.Errorf("kinds and codes differ: %s", cmp.Diff(kinds, codes))
	}
	for _, code := range codes {
		if back := api.CodeOf(api.StatusOf(api.Code(code))); string(back) != code {
			t.Errorf("%s arrives as %s", code, back)
		}
	}
}

// constants are the values of a file's constants of one type.
func constants(t *testing.T, path, typeName string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	must(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			must(t, err)
			values = append(values, value)
		}
		return true
	})
	slices.Sort(values)
	return values
}

// What is not a request of the API is answered with a problem that names the
// input at fault.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	way := clmtest.NewBackend(t).Transport("test:alice")
	const device = `{"name":"web-1","cert_sync":"managed","local":{"root_directory":"/srv"}}`
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		code                     api.Code
		field, detail            string
	}{
		{"unknown field", "POST", api.Devices, strings.Replace(device, `"name"`, `"colour":"red","name"`, 1), 422, api.CodeInvalid, "colour",
			"validation failed: unexpected property"},
		{"unknown field further in", "POST", api.Devices, strings.Replace(device, `"root_directory"`, `"port":1,"root_directory"`, 1), 422, api.CodeInvalid, "local.port",
			"validation failed: unexpected property"},
		{"wrong type", "POST", api.Devices, strings.Replace(device, `"web-1"`, `7`, 1), 422, api.CodeInvalid, "name", "validation failed: expected string"},
		{"missing field", "POST", api.Devices, `{"name":"web-1"}`, 422, api.CodeInvalid, "", "validation failed: expected required property cert_sync to be present"},
		{"unknown kind", "POST", api.RootCertificates, `{"name":"corp","source":{"kind":"floppy"}}`, 422, api.CodeInvalid, "source.kind",
			`validation failed: expected value to be one of "pfx_file, pfx_base64, pem, self_signed"`},
		{"broken JSON", "POST", api.Devices, device[:30], 400, api.CodeInvalid, "", "validation failed: unexpected end of JSON input"},
		{"no body", "POST", api.Devices, "", 400, api.CodeInvalid, "", "request body is required"},
		{"too large", "POST", api.Devices, `{"name":"` + strings.Repeat("x", 4<<20) + `"}`, 413, api.CodeInvalid, "", "request body is too large limit=4194304 bytes"},
		{"wrong limit", "GET", api.Devices + "?limit=many", "", 422, api.CodeInvalid, "limit", "validation failed: invalid integer"},
		{"negative limit", "GET", api.Devices + "?limit=-1", "", 422, api.CodeInvalid, "limit", "validation failed: expected number >= 0"},
		{"large limit", "GET", api.Devices + "?limit=501", "", 422, api.CodeInvalid, "limit", "validation failed: expected number <= 500"},
		{"wrong time", "GET", api.Certificates + "?expires_before=tomorrow", "", 422, api.CodeInvalid, "expires_before", "validation failed: invalid date/time for format 2006-01-02T15:04:05.999999999Z07:00"},
		{"no such route", "GET", "/v2/devices", "", 404, api.CodeInvalid, "", "there is no GET /v2/devices in this API"},
		{"no such item", "DELETE", api.Devices + "/", "", 404, api.CodeInvalid, "", "there is no DELETE /v1/devices/ in this API"},
		{"no such method", "PATCH", api.Devices + "/web-1", "{}", 404, api.CodeInvalid, "", "there is no PATCH /v1/devices/web-1 in this API"},
		{"no such device", "GET", api.Devices + "/web-1", "", 404, api.CodeNotFound, "", `there is no device "web-1"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := problem(t, way, tt.method, tt.path, tt.body)
			if p.Status != tt.status || p.Code != tt.code || p.Field != tt.field || p.Detail != tt.detail {
				t.Errorf("got  %d %s %q: %s\nwant %d %s %q: %s", p.Status, p.Code, p.Field, p.Detail, tt.status, tt.code, tt.field, tt.detail)
			}
		})
	}
}

// Whatever is wrong with a body, what it holds is not repeated: it may be a
// secret at the wrong place.
func TestRejectedBodyIsNotEchoed(t *testing.T) {
	t.Parallel()
	way := clmtest.NewBackend(t).Transport("test:alice")
	const secret, number = "hunter2", "271828182"
	for _, body := range []string{
		`{"name":"corp","source":{"kind":"pfx_base64"},"pfx":"AAAA","pfx_password":["` + secret + `"]}`,
		`{"name":"corp","source":{"kind":"pfx_base64"},"pfx":"AAAA","pfx_password":` + number + `}`,
		`{"name":"corp","source":{"kind":"pfx_base64"},"pfx":"AAAA","pfx_password":{"is":"` + secret + `"}}`,
		`{"name":"corp","source":{"kind":"pfx_base64"},"pfx":"` + secret + `!","pfx_password":"` + secret + `"}`,
		`{"name":"corp","source":{"kind":"pfx_base64"},"pfx":"AAAA","pfx_password":"` + secret + `"}`,
		`{"name":"corp","source":{"kind":"` + secret + `"},"pfx_password":"` + secret + `"}`,
		`{"name":"corp","source":{"kind":"pem"},"certificate_pem":"` + secret + `","private_key_pem":"` + secret + `"}`,
		`{"name":"corp","source":"` + secret + `","pfx_password":"` + secret + `"}`,
		`{"name":"corp","pfx_password":"` + secret + `"`,
		`{"name":"corp","source":{"kind":"pem","pfx_version":"` + secret + `"},"private_key_pem":` + number + `}`,
		`"` + secret + `"`, `["` + secret + `"]`, secret,
	} {
		resp, content := answered(t, way, http.MethodPost, api.RootCertificates, body)
		if resp.StatusCode != http.StatusUnprocessableEntity && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s is answered %s", body, resp.Status)
		}
		if strings.Contains(content, secret) || strings.Contains(content, number) {
			t.Errorf("%s is echoed: %s", body, content)
		}
	}
}

// A bodyless principal is nobody: no route answers without one.
func TestNobodyIsLetIn(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	way := direct{estate.Backend.Handler()}
	for _, path := range []string{api.Devices, api.AuditEvents, "/openapi.json", "/nowhere"} {
		p := problem(t, way, http.MethodGet, path, "")
		if p.Status != http.StatusForbidden || p.Code != api.CodeDenied || p.Error() != "the request does not say who asks (authenticate)" {
			t.Errorf("%s: %d %s: %s", path, p.Status, p.Code, p.Error())
		}
	}
}
