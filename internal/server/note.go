package server

import "context"

// Note is what a request turned out to be, for whoever logs and counts requests. It is
// complete when the handler has returned.
type Note struct {
	Operation string // "" where no operation answers
	Principal string // "" where nobody was let in
	RelayedBy string // the internet gateway it came through, "" for none
	RequestID string
}

type noteKey struct{}

// Noting has the handler write down what a request is.
func Noting(ctx context.Context) (context.Context, *Note) {
	n := &Note{}
	return context.WithValue(ctx, noteKey{}, n), n
}

// noted is where to write it down; nobody reads it where nobody asked.
func noted(ctx context.Context) *Note {
	if n, ok := ctx.Value(noteKey{}).(*Note); ok {
		return n
	}
	return &Note{}
}
