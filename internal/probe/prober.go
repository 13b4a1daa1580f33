package probe

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultAtOnce  = 64
	defaultTimeout = 10 * time.Second
)

// Prober looks at many addresses at once. Its zero value is ready, and may be
// used by several goroutines.
type Prober struct {
	// AtOnce bounds the looks under way, of one call of Probe; 0 is 64.
	AtOnce int
	// Timeout ends a connection, or a search for a name; 0 is 10 s.
	Timeout time.Duration
	// Resolver finds the addresses of names; nil is [net.DefaultResolver].
	Resolver *net.Resolver
}

// Probe looks at everything requested and returns the results in the order of the
// requests. First all names are resolved, then all addresses are looked at. When
// ctx ends, what is left comes back as called off, at once.
func (p *Prober) Probe(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	p.each(len(requests), func(i int) {
		results[i] = Result{requests[i], p.locate(ctx, requests[i])}
	})
	open := pending(results)
	p.each(len(open), func(i int) { open[i].look(ctx, p.timeout()) })
	return results
}

// each calls do for 0 ≤ i < n, AtOnce calls at a time, and returns when all have.
func (p *Prober) each(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, cmp.Or(p.AtOnce, defaultAtOnce)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

func (p *Prober) timeout() time.Duration { return cmp.Or(p.Timeout, defaultTimeout) }

// locate makes a look for each address a request has, or one that has failed.
func (p *Prober) locate(ctx context.Context, r Request) []Look {
	if err := r.Check(); err != nil {
		return []Look{{Address: r.Address, Err: err}}
	}
	found, err := p.resolve(ctx, r)
	if err != nil {
		return []Look{{Address: r.Address, Err: err}}
	}
	_, port := r.split()
	looks := make([]Look, len(found))
	for i, ip := range found {
		looks[i].Address = net.JoinHostPort(ip.String(), port)
	}
	return looks
}

// resolve finds every address of the host: sorted, each once, IPv4 as IPv4.
func (p *Prober) resolve(ctx context.Context, r Request) ([]netip.Addr, error) {
	if ip, is := r.literal(); is {
		return []netip.Addr{ip.Unmap()}, nil
	}
	within, cancel := context.WithTimeout(ctx, p.timeout())
	defer cancel()
	host, _ := r.split()
	found, err := cmp.Or(p.Resolver, net.DefaultResolver).LookupNetIP(within, "ip", host)
	if err != nil || len(found) == 0 {
		return nil, attempt{r, r.Address}.unresolved(ctx, host, err)
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found), nil
}

// task is a look that is still to be had.
type task struct {
	attempt
	into *Look
}

func (t task) look(ctx context.Context, timeout time.Duration) {
	t.into.Served, t.into.Err = t.observe(ctx, timeout)
}

// pending lists the looks still to be had; they point into results.
func pending(results []Result) []task {
	var open []task
	for i := range results {
		for j := range results[i].Looks {
			if look := &results[i].Looks[j]; look.Err == nil {
				open = append(open, task{attempt{results[i].Request, look.Address}, look})
			}
		}
	}
	return open
}
