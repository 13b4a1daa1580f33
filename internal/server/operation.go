package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Requests differ in what they take from the path, the query and the body.
type (
	byRef struct {
		Ref string `path:"ref" doc:"id or name"`
	}
	observed struct {
		Ref     string `path:"ref" doc:"id or name"`
		Observe bool   `query:"observe" doc:"also look at the device now"`
	}
	paged struct {
		After string `query:"after" doc:"name after which to go on"`
		Limit int    `query:"limit" minimum:"0" maximum:"500" doc:"most items to return; 0 means 500"`
	}
	body[T any] struct {
		Body T
	}
	bodyByRef[T any] struct {
		Ref  string `path:"ref" doc:"id or name"`
		Body T
	}
	none struct{}
)

type answer[T any] struct{ Body T }

// page asks for one item more than fits, to learn whether there is a next page.
func (p paged) page() clm.Page { return clm.Page{After: p.After, Limit: p.limit() + 1} }

func (p paged) limit() int {
	if p.Limit == 0 {
		return api.MaxPage
	}
	return p.Limit
}

// list cuts what page asked for down to one page.
func list[E, T any](p paged, entities []E, nameOf func(E) string, show func(E) T) *api.List[T] {
	out := &api.List[T]{Items: make([]T, 0, len(entities))}
	if len(entities) > p.limit() {
		entities = entities[:p.limit()]
		out.Next = nameOf(entities[len(entities)-1])
	}
	for _, e := range entities {
		out.Items = append(out.Items, show(e))
	}
	return out
}

// handle registers one operation. The handler's errors become problems.
func handle[I, O any](a huma.API, s *Server, op huma.Operation, handler func(context.Context, *I) (O, error)) {
	huma.Register(a, limited(op), func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &answer[O]{Body: out}, nil
	})
}

func limited(op huma.Operation) huma.Operation {
	op.Errors = append(op.Errors, http.StatusForbidden, http.StatusServiceUnavailable)
	op.MaxBodyBytes, op.BodyReadTimeout = maxBody, unhurried
	return op
}

// perhaps is an answer that may be that there is nothing.
type perhaps[T any] struct {
	Status int
	Body   *T
}

// unlessNone registers an operation that is answered 204 where the handler has nothing.
func unlessNone[I, O any](a huma.API, s *Server, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	huma.Register(a, limited(op), func(ctx context.Context, in *I) (*perhaps[O], error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		if out == nil {
			return &perhaps[O]{Status: http.StatusNoContent}, nil
		}
		return &perhaps[O]{Status: http.StatusOK, Body: out}, nil
	})
}

// remove registers a DELETE, which answers nothing.
func remove(a huma.API, s *Server, op huma.Operation, handler func(context.Context, *byRef) error) {
	op.Method, op.DefaultStatus = http.MethodDelete, http.StatusNoContent
	op.Errors = append(op.Errors, http.StatusNotFound, http.StatusLocked)
	huma.Register(a, op, func(ctx context.Context, in *byRef) (*none, error) {
		return nil, s.problem(ctx, handler(ctx, in))
	})
}

// maxBody bounds a request: a PFX with a long chain is some tens of kilobytes.
const maxBody = 4 << 20

// unhurried leaves the time to read a body to whoever listens. The framework's own limit
// would stay on the connection, and end every push that takes longer.
const unhurried = -1

const (
	item = "/{ref}"
	made = http.StatusCreated
)

func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Errors: []int{http.StatusNotFound}}
}

func post(id, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, DefaultStatus: made,
		Errors: []int{http.StatusConflict, http.StatusUnprocessableEntity},
		Parameters: []*huma.Param{{
			Name: api.IdempotencyKey, In: "header", Description: "makes the request repeatable for a day",
			Schema: &huma.Schema{Type: huma.TypeString},
		}},
	}
}

func act(id, path, summary string) huma.Operation {
	op := post(id, path, summary)
	op.DefaultStatus, op.Parameters = http.StatusOK, nil
	op.Errors = append(op.Errors, http.StatusNotFound)
	return op
}

func put(id, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodPut, Path: path, Summary: summary,
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity},
	}
}
