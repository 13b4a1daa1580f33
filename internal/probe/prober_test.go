package probe_test

import (
	"bytes"
	"context"
	"net"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// Many requests, good and bad, come back in their order.
func TestOrderIsKept(t *testing.T) {
	t.Parallel()
	sites := []*site{newSite(t, "ec"), newSite(t, "ec"), newSite(t, "ec")}
	var at []string
	for _, s := range sites {
		at = append(at, servers.StartNginx(t, s.Certificate, s.Key).Address)
	}
	at = append(at, servers.StartScripted(t, servers.Say("", "no")))
	var requests []probe.Request
	for i := range 120 {
		requests = append(requests, probe.Request{Address: at[i%4], ServerName: name})
	}
	results := (&probe.Prober{AtOnce: 16}).Probe(t.Context(), requests)
	for i, result := range results {
		got := result.Looks[0]
		switch {
		case result.Request != requests[i]:
			t.Errorf("result %d is of %+v", i, result.Request)
		case i%4 == 3 && got.Err == nil:
			t.Errorf("%d: got %+v from the bad server", i, got.Served)
		case i%4 < 3 && (got.Served == nil || got.Served.FingerprintSHA256 != sites[i%4].fingerprint()):
			t.Errorf("%d: got %+v, %v; want %s", i, got.Served, got.Err, sites[i%4].fingerprint())
		}
	}
	if got := (&probe.Prober{}).Probe(t.Context(), nil); len(got) != 0 {
		t.Errorf("no requests: got %+v", got)
	}
}

// When the caller gives up, Probe returns with everything left called off, which
// is no news about any server, and leaves no goroutine behind: neither of looks
// under way nor of ones that had not begun.
func TestCalledOff(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	address := servers.StartScripted(t, func(conn net.Conn) {
		giveUp()
		servers.Hang(conn)
	})
	var requests []probe.Request
	for _, p := range probe.Protocols {
		requests = append(requests, probe.Request{Address: address, ServerName: name, Protocol: p})
	}
	isCalledOff(t, labelled(ctx, t.Name(), &probe.Prober{AtOnce: 2, Timeout: time.Hour}, requests))
	leavesNothing(t)
}

// So does a search for a name.
func TestSearchIsCalledOff(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	resolver := resolverAt(servers.StartScripted(t, func(conn net.Conn) {
		giveUp()
		servers.Hang(conn)
	}))
	requests := []probe.Request{{Address: "first.test:443"}, {Address: "second.test:443"}, {Address: "third.test:443"}}
	isCalledOff(t, (&probe.Prober{AtOnce: 2, Resolver: resolver}).Probe(ctx, requests))
}

func isCalledOff(t *testing.T, results []probe.Result) {
	t.Helper()
	for _, result := range results {
		verdict := probe.Judge(probe.Expected{}, result)[0]
		if verdict.Status != "not_observed" || verdict.Reason != "" || !strings.Contains(verdict.Detail, "called off: context canceled") {
			t.Errorf("%+v: got %+v, want it called off", result.Request, verdict)
		}
	}
}

// The same holds when looks end by themselves.
func TestNoGoroutineIsLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	requests := []probe.Request{
		{Address: servers.StartNginx(t, s.Certificate, s.Key).Address},
		{Address: servers.StartScripted(t, servers.Hang)},
		{Address: servers.StartScripted(t, servers.Endless("220-\r\n")), Protocol: probe.SMTP},
		{Address: servers.StartScripted(t, servers.Close), Protocol: probe.IMAP},
	}
	labelled(t.Context(), t.Name(), impatient, requests)
	leavesNothing(t)
}

// labelled probes so that all its goroutines carry the name of the test.
func labelled(ctx context.Context, test string, prober *probe.Prober, requests []probe.Request) (results []probe.Result) {
	pprof.Do(ctx, pprof.Labels("test", test), func(ctx context.Context) { results = prober.Probe(ctx, requests) })
	return results
}

// leavesNothing gives goroutines the moment they need to end when they are done.
// One that waits for a server would stay.
func leavesNothing(t *testing.T) {
	t.Helper()
	servers.Await(t, "end of the goroutines of "+t.Name(), func() bool {
		var stacks bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
			t.Fatal(err)
		}
		return !strings.Contains(stacks.String(), `"`+t.Name()+`"`)
	})
}
