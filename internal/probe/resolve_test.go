package probe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// Behind one name are an IPv6 and two IPv4 addresses: one of them lags behind with
// its certificate, and one does not answer. Each is told apart.
func TestNameIsLookedAtUnderEveryAddress(t *testing.T) {
	t.Parallel()
	s, lagging := newSite(t, "ec"), newSite(t, "ec")
	first := servers.StartOpenSSL(t, "[::1]:0", s.Certificate, s.Key, "-cert_chain", s.Chain)
	_, port, err := net.SplitHostPort(first.Address)
	if err != nil {
		t.Fatal(err)
	}
	late, dead := servers.Loopback(), servers.Loopback()
	servers.StartOpenSSL(t, net.JoinHostPort(late, port), lagging.Certificate, lagging.Key, "-cert_chain", lagging.Chain)

	prober := &probe.Prober{Resolver: nameServer(t, zone{"every.test.": {"::1", late, dead, late}})}
	result := prober.Probe(t.Context(), []probe.Request{{Address: net.JoinHostPort("every.test", port), ServerName: name}})[0]

	want := map[string]probe.Verdict{
		net.JoinHostPort("::1", port): {Status: clm.InSync, FingerprintSHA256: s.fingerprint()},
		net.JoinHostPort(late, port):  {Status: clm.OutOfSync, FingerprintSHA256: lagging.fingerprint()},
		net.JoinHostPort(dead, port):  {Status: clm.OutOfSync, Reason: clm.ReasonConnectionFailed},
	}
	verdicts := probe.Judge(s.expected(), result)
	if len(verdicts) != len(want) {
		t.Errorf("got %d verdicts, want %d: %+v", len(verdicts), len(want), verdicts)
	}
	for _, got := range verdicts {
		w := want[got.Address]
		if got.Status != w.Status || got.Reason != w.Reason || got.FingerprintSHA256 != w.FingerprintSHA256 {
			t.Errorf("%s: got %+v, want %+v", got.Address, got, w)
		}
	}
}

// Without a server name, the host's name is asked for and verified; of an IP
// address, the address.
func TestHostStandsForServerName(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartNginx(t, s.Certificate, s.Key)
	host, port, err := net.SplitHostPort(server.Address)
	if err != nil {
		t.Fatal(err)
	}
	prober := &probe.Prober{Resolver: nameServer(t, zone{name + ".": {host}})}
	results := prober.Probe(t.Context(), []probe.Request{{Address: net.JoinHostPort(name, port)}, {Address: server.Address}})
	for i, matches := range []bool{true, false} {
		if got := results[i].Looks[0]; got.Served == nil || got.Served.NameMatches != matches {
			t.Errorf("%s: got %+v, %v; want a certificate whose name matches: %v", results[i].Request.Address, got.Served, got.Err, matches)
		}
	}
}

// A name that does not exist and a DNS server that fails are told apart from a
// server that does not answer, and from each other.
func TestNameThatDoesNotResolve(t *testing.T) {
	t.Parallel()
	resolver := nameServer(t, zone{"broken.test.": nil, "empty.test.": {}})
	for host, says := range map[string]string{
		"absent.test": "has no address", "empty.test": "has no address", "broken.test": "the DNS server does not say",
	} {
		got := failure(t, &probe.Prober{Resolver: resolver}, probe.Request{Address: host + ":443"})
		if got.Cause != probe.CauseUnresolved || got.Reason() != probe.ReasonResolutionFailed {
			t.Errorf("%s: got %s, %s: %v; want it unresolved", host, got.Cause, got.Reason(), got)
		}
		for _, part := range []string{host, name, says} {
			if !strings.Contains(got.Error(), part) {
				t.Errorf("%q does not say %q", got.Error(), part)
			}
		}
	}
}

// A DNS server that never answers takes the time-out, not longer.
func TestDNSServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	silent := servers.StartScripted(t, servers.Hang)
	prober := &probe.Prober{Timeout: impatient.Timeout, Resolver: resolverAt(silent)}
	if got := failure(t, prober, probe.Request{Address: "slow.test:443"}); got.Cause != probe.CauseUnresolved {
		t.Errorf("got %s: %v; want it unresolved", got.Cause, got)
	}
}

// A request that is not well formed fails alone, and says which input is wrong.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	for field, requests := range map[string][]probe.Request{
		"address": {{Address: "web.example.com"}, {Address: ":443"}, {Address: "::1:443"}, {Address: "web:https"}, {Address: "web:0"},
			{Address: "web:65536"}, {Address: ""}, {Address: "[::1]"}},
		"protocol": {{Address: "web:443", Protocol: "gopher"}},
	} {
		for _, r := range requests {
			var got *clm.Error
			if l := look(t, &probe.Prober{}, r); !errors.As(l.Err, &got) || got.Field != field || got.Hint == "" {
				t.Errorf("%+v: got %v, want an invalid %s, with a hint", r, l.Err, field)
			}
		}
	}
}

// zone is the addresses of names. A nil list is a name the server fails on.
type zone map[string][]string

// nameServer answers from a zone, over TCP, and is a resolver that asks it.
func nameServer(t *testing.T, z zone) *net.Resolver {
	t.Helper()
	return resolverAt(servers.StartScripted(t, func(conn net.Conn) {
		for {
			frame := make([]byte, 2+512) // RFC 7766, section 8: the length comes first
			n, err := conn.Read(frame)
			if err != nil || n < 2 {
				return
			}
			answer := z.answer(frame[2:n])
			if _, err := conn.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...)); err != nil {
				return
			}
		}
	}))
}

func resolverAt(address string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
}

// answer builds the response to one query; to what is not one, none.
func (z zone) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	q := m.Questions[0]
	addresses, known := z[strings.ToLower(q.Name.String())]
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case addresses == nil:
		m.RCode = dnsmessage.RCodeServerFailure
	}
	for _, address := range slices.Sorted(slices.Values(addresses)) {
		ip := netip.MustParseAddr(address)
		header := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}
