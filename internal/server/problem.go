package server

import (
	"context"
	"encoding/json"
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
	var e *clm.Error
	if !errors.As(err, &e) || e.Kind == clm.KindInternal {
		by := principal(ctx)
		s.log.ErrorContext(ctx, "request failed", "request_id", by.RequestID, "error", err.Error())
		return api.NewProblem(api.CodeInternal, "", "an internal error happened: "+err.Error(), "run again with TF_LOG=DEBUG and report it")
	}
	return api.NewProblem(api.Code(e.Kind), e.Field, detail(e), e.Hint)
}

// detail is the error's text without the hint, which travels on its own.
func detail(e *clm.Error) string {
	bare := *e
	bare.Hint = ""
	return bare.Error()
}

func writeProblem(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errcheck // the client is gone: there is nobody left to tell
}

// What the framework itself refuses (a body that does not fit the schema, an
// unknown parameter) becomes a problem document too. The offending value is left
// out: it may be a secret.
func init() { //nolint:gochecknoinits // the framework's hook is a package variable
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := api.NewProblem(api.CodeOf(status), "", message, "")
		p.Status, p.Title = status, http.StatusText(status)
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

// fieldOf is the input a location of the framework means.
func fieldOf(location string) string {
	for _, prefix := range []string{"body.", "spec.", "path.", "query.", "header."} {
		location = strings.TrimPrefix(location, prefix)
	}
	return location
}
