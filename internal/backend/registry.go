package backend

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"sync"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Registry shares open estates within a process: two provider blocks on one estate
// write through one connection.
type Registry struct {
	mu   sync.Mutex
	open map[Config]*Backend
}

// Open opens an estate, or returns the one that is open already.
func (r *Registry) Open(ctx context.Context, c Config) (*Backend, error) {
	if c.DatabaseURL == "" {
		dir, err := filepath.Abs(c.DataDir)
		if err != nil {
			return nil, fmt.Errorf("finding the data folder %s: %w", c.DataDir, err)
		}
		c.DataDir = dir
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, ok := r.open[c]; ok {
		return b, nil
	}
	b, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if r.open == nil {
		r.open = map[Config]*Backend{}
	}
	r.open[c] = b
	return b, nil
}

// Close closes every estate.
func (r *Registry) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first error
	for _, b := range r.open {
		if err := b.Close(); err != nil && first == nil {
			first = err
		}
	}
	r.open = nil
	return first
}

// LocalPrincipal is who works on an embedded estate: whoever the user of this process
// says, the same on every machine; else that user, on this machine. An embedded estate
// trusts everybody who can open it; a name tells the people apart who share an account,
// such as a pipeline's.
func LocalPrincipal(as string) clm.Principal {
	if as != "" {
		return clm.Principal{Name: "local:" + as}
	}
	host, name := "localhost", "unknown"
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return clm.Principal{Name: "local:" + name + "@" + host}
}
