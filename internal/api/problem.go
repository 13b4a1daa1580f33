package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Code says what kind of trouble a request met. It is the stable part of a
// problem; the texts may change.
type Code string

// The codes.
const (
	CodeInvalid     Code = "invalid"        // the request is wrong; Field names the input
	CodeNotFound    Code = "not_found"      // nothing answers to that reference
	CodeExists      Code = "already_exists" // the name or file is taken
	CodeConflict    Code = "conflict"       // somebody else changed it first
	CodeRefused     Code = "refused"        // a rule forbids it in the present state
	CodePending     Code = "pending"        // somebody has to agree first
	CodeDenied      Code = "denied"         // the principal may not
	CodeUnreachable Code = "unreachable"    // a device does not answer
	CodeFailed      Code = "failed"         // an outside act failed
	CodeUnavailable Code = "unavailable"    // the backend's storage cannot serve
	CodeInternal    Code = "internal"       // a defect
)

// statuses is the one table between codes and HTTP statuses, read in both
// directions: the first row of a status is what a bare status means.
var statuses = []struct {
	code   Code
	status int
}{
	{CodeInvalid, http.StatusUnprocessableEntity},
	{CodeInvalid, http.StatusBadRequest},
	{CodeInvalid, http.StatusMethodNotAllowed},
	{CodeInvalid, http.StatusNotAcceptable},
	{CodeInvalid, http.StatusRequestEntityTooLarge},
	{CodeInvalid, http.StatusUnsupportedMediaType},
	{CodeNotFound, http.StatusNotFound},
	{CodeExists, http.StatusConflict},
	{CodeConflict, http.StatusPreconditionFailed},
	{CodeRefused, http.StatusLocked},
	{CodePending, http.StatusPreconditionRequired},
	{CodeDenied, http.StatusForbidden},
	{CodeDenied, http.StatusUnauthorized},
	{CodeUnreachable, http.StatusGatewayTimeout},
	{CodeFailed, http.StatusBadGateway},
	{CodeUnavailable, http.StatusServiceUnavailable},
	{CodeUnavailable, http.StatusTooManyRequests},
	{CodeInternal, http.StatusInternalServerError},
}

// StatusOf is the HTTP status a code travels under.
func StatusOf(code Code) int {
	for _, row := range statuses {
		if row.code == code {
			return row.status
		}
	}
	return http.StatusInternalServerError
}

// CodeOf is what an HTTP status without a problem document means.
func CodeOf(status int) Code {
	for _, row := range statuses {
		if row.status == status {
			return row.code
		}
	}
	return CodeInternal
}

// Problem is a problem document (RFC 9457) with our extensions.
type Problem struct {
	Type   string `json:"type" doc:"about:blank; the code tells problems apart"`
	Title  string `json:"title" doc:"the HTTP status in words"`
	Status int    `json:"status" doc:"the HTTP status"`
	Detail string `json:"detail" doc:"what happened"`
	Code   Code   `json:"code" doc:"the kind of problem; stable"`
	Field  string `json:"field,omitempty" doc:"the input at fault, such as dns_names or local.root_directory"`
	Hint   string `json:"hint,omitempty" doc:"what to do about it"`
}

// NewProblem makes the problem document of a code.
func NewProblem(code Code, field, detail, hint string) *Problem {
	status := StatusOf(code)
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, Field: field, Hint: hint,
	}
}

// Under is the problem under another status than its code travels under.
func (p *Problem) Under(status int) *Problem {
	p.Status, p.Title = status, http.StatusText(status)
	return p
}

func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Detail
	}
	return strings.TrimSuffix(p.Detail, ".") + " (" + p.Hint + ")"
}

// GetStatus is the status to answer with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Answer writes the problem as an answer.
func (p *Problem) Answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone: there is nobody left to tell
}

// Is tells whether err is a problem of the given code.
func Is(err error, code Code) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}
