package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// problem is the one place where errors of the engine become problem documents.
// A kind and its code have the same name; what is not ours is a defect, which is
// logged and not shown.
func (s *Server) problem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var refusal *api.Problem
	if errors.As(err, &refusal) {
		return refusal
	}
	var e *clm.Error
	if !errors.As(err, &e) && errors.Is(err, context.DeadlineExceeded) {
		return api.NewProblem(api.CodeFailed, "", "the time for it was over before it was done", "give it more time, or see what keeps the backend busy")
	}
	if !errors.As(err, &e) && errors.Is(err, context.Canceled) { // nobody waits for the answer
		return api.NewProblem(api.CodeFailed, "", "the request was given up before it was done", "send it again")
	}
	if !errors.As(err, &e) || e.Kind == clm.KindInternal {
		s.log.ErrorContext(ctx, "request failed", "request_id", principal(ctx).RequestID, "error", err.Error())
		return internal(ctx)
	}
	return api.NewProblem(api.Code(e.Kind), e.Field, e.WithoutHint(), e.Hint)
}

// internal is the problem of a defect. What it was is in the log alone: an error
// nobody foresaw may say anything.
func internal(ctx context.Context) *api.Problem {
	detail := "an internal error happened"
	if id := principal(ctx).RequestID; id != "" {
		detail += " in request " + id
	}
	return api.NewProblem(api.CodeInternal, "", detail, "its cause is in the backend's log (TF_LOG=WARN shows that of an embedded one); report it")
}

// writeError is for handlers that are no operations of the framework.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var p *api.Problem
	if !errors.As(s.problem(r.Context(), err), &p) {
		p = internal(r.Context())
	}
	p.Answer(w)
}

// What the framework itself refuses (a body that does not fit the schema, an
// unknown parameter) becomes a problem document too. The offending value is left
// out: it may be a secret.
func init() { //nolint:gochecknoinits // the framework's hook is a package variable
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := api.NewProblem(api.CodeOf(status), "", message, "").Under(status)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if err != nil && errors.As(err, &d) {
				p.Field = fieldOf(d.ErrorDetail().Location)
				p.Detail = message + ": " + d.ErrorDetail().Message
				break
			}
		}
		return p
	}
}

// fieldOf is the input a location of the framework means, "" for the whole body.
func fieldOf(location string) string {
	if location == "body" {
		return ""
	}
	for _, prefix := range []string{"body.", "spec.", "path.", "query.", "header."} {
		location = strings.TrimPrefix(location, prefix)
	}
	return location
}
