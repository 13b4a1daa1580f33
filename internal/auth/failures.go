package auth

import (
	"cmp"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// An address may fail some times at once, and then again at this pace. What is kept of
// addresses is bounded: the one that failed longest ago is forgotten first.
const (
	someTimes = 20
	pace      = rate.Limit(1) // a second
	addresses = 4096
)

// failures counts who is not let in, by address.
type failures struct {
	burst int
	mu    sync.Mutex
	by    map[netip.Prefix]*failing
}

type failing struct {
	budget *rate.Limiter
	last   time.Time
}

func newFailures(burst int) *failures {
	return &failures{burst: cmp.Or(burst, someTimes), by: map[netip.Prefix]*failing{}}
}

// wait is how long an address has to wait, 0 when it need not. Nothing is looked up for
// who has to.
func (f *failures) wait(address netip.Prefix) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.by[address]
	if known == nil {
		return 0
	}
	missing := 1 - known.budget.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(pace) * float64(time.Second))
}

func (f *failures) add(address netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.by[address]
	if known == nil {
		f.makeRoom()
		known = &failing{budget: rate.NewLimiter(pace, f.burst)}
		f.by[address] = known
	}
	known.last = time.Now()
	known.budget.Allow()
}

func (f *failures) makeRoom() {
	if len(f.by) < addresses {
		return
	}
	var oldest netip.Prefix
	at := time.Now()
	for address, known := range f.by {
		if !known.last.After(at) {
			oldest, at = address, known.last
		}
	}
	delete(f.by, oldest)
}

// addressOf is where a request comes from.
func addressOf(remote string) netip.Prefix {
	host, _, _ := net.SplitHostPort(remote)
	return networkOf(host)
}

// networkOf is an address; of IPv6 the network, which one machine has all of.
func networkOf(host string) netip.Prefix {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{} // a transport without addresses: all share one budget
	}
	bits := 64
	if address = address.Unmap(); address.Is4() {
		bits = 32
	}
	prefix, _ := address.WithZone("").Prefix(bits) // both lengths fit
	return prefix
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	p := api.NewProblem(api.CodeUnavailable, "", "too many requests from this address were not let in", "wait "+seconds+" s, and check the access token")
	w.Header().Set("Retry-After", seconds)
	p.Under(http.StatusTooManyRequests).Answer(w)
}
