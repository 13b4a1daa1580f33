package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

var codes = []api.Code{
	api.CodeInvalid, api.CodeNotFound, api.CodeExists, api.CodeConflict, api.CodeRefused, api.CodePending, api.CodeDenied,
	api.CodeUnreachable, api.CodeFailed, api.CodeUnavailable, api.CodeInternal,
}

// A code survives the journey as a bare status, so every code has a status of
// its own.
func TestCodesAndStatuses(t *testing.T) {
	t.Parallel()
	taken := map[int]api.Code{}
	for _, code := range codes {
		status := api.StatusOf(code)
		if other, twice := taken[status]; twice {
			t.Errorf("%s and %s both travel as %d", code, other, status)
		}
		taken[status] = code
		if back := api.CodeOf(status); back != code {
			t.Errorf("%s travels as %d and arrives as %s", code, status, back)
		}
		if code != api.CodeInternal && status == http.StatusInternalServerError {
			t.Errorf("%s has no status", code)
		}
	}
	if api.StatusOf("unheard of") != http.StatusInternalServerError || api.CodeOf(http.StatusTeapot) != api.CodeInternal {
		t.Error("what is unknown is not taken for a defect")
	}
}

// Statuses that others put on the wire: proxies, and the HTTP framework.
func TestForeignStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]api.Code{
		400: api.CodeInvalid, 401: api.CodeDenied, 403: api.CodeDenied, 404: api.CodeNotFound, 405: api.CodeInvalid, 406: api.CodeInvalid,
		409: api.CodeExists, 412: api.CodeConflict, 413: api.CodeInvalid, 415: api.CodeInvalid, 422: api.CodeInvalid, 423: api.CodeRefused,
		429: api.CodeUnavailable, 500: api.CodeInternal, 502: api.CodeFailed, 503: api.CodeUnavailable, 504: api.CodeUnreachable,
	} {
		if got := api.CodeOf(status); got != want {
			t.Errorf("%d means %s, want %s", status, got, want)
		}
	}
}

func TestProblemDocument(t *testing.T) {
	t.Parallel()
	full := api.NewProblem(api.CodeExists, "name", "the name is taken.", "choose another")
	bare := api.NewProblem(api.CodeFailed, "", "the disk is full", "")
	for _, tt := range []struct {
		problem    *api.Problem
		json, text string
	}{
		{full, `{"type":"about:blank","title":"Conflict","status":409,"detail":"the name is taken.","code":"already_exists","field":"name","hint":"choose another"}`,
			"the name is taken (choose another)"},
		{bare, `{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"the disk is full","code":"failed"}`, "the disk is full"},
	} {
		encoded, err := json.Marshal(tt.problem)
		if err != nil {
			t.Fatal(err)
		}
		if string(encoded) != tt.json {
			t.Errorf("got  %s\nwant %s", encoded, tt.json)
		}
		if tt.problem.Error() != tt.text {
			t.Errorf("got %q, want %q", tt.problem, tt.text)
		}
		var back api.Problem
		if err := json.Unmarshal(encoded, &back); err != nil || back != *tt.problem {
			t.Errorf("read back: %+v, %v", back, err)
		}
	}
	if full.GetStatus() != 409 || full.ContentType("application/json") != "application/problem+json" {
		t.Errorf("it is answered as %d, %s", full.GetStatus(), full.ContentType("application/json"))
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("reading: %w", api.NewProblem(api.CodeNotFound, "", "gone", ""))
	if !api.Is(wrapped, api.CodeNotFound) || api.Is(wrapped, api.CodeExists) || api.Is(errors.New("gone"), api.CodeNotFound) || api.Is(nil, api.CodeNotFound) {
		t.Error("a wrapped problem is not known by its code, or something else is")
	}
}

// The colours change at 10, 30 and 90 days (seed 003).
func TestStatusColor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		days   int64
		want   string
	}{
		{"issued", -1, "red"}, {"issued", 0, "orange"}, {"issued", 10, "orange"}, {"issued", 11, "yellow"}, {"issued", 30, "yellow"},
		{"issued", 31, "blue"}, {"issued", 90, "blue"}, {"issued", 91, "green"}, {"superseded", 5, "orange"}, {"", 400, "green"},
		{"expired", 400, "red"}, {"revoked", 400, "black"}, {"revoked", -1, "black"}, {"removed", 400, "purple"}, {"removed", -1, "purple"},
		{"push_failed", 400, "gray"}, {"push_failed", -1, "gray"},
	} {
		if got := api.StatusColor(tt.status, tt.days); got != tt.want {
			t.Errorf("%q with %d days left is %s, want %s", tt.status, tt.days, got, tt.want)
		}
	}
}
