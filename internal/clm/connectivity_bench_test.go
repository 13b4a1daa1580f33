package clm_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// BenchmarkConnectivity is the proof for a hundred thousand devices, each a party of
// its own that serves and verifies: in how many seconds, and with how many megabytes
// for what is recorded of the devices and all that is allocated on the way.
//
// likely: 50 profiles of 10 bundles each, and leaves of 20 chains, of which every
// device accepts some. different: no two devices trust the same, and all accept
// everything. broken: no two trust the same, and nobody accepts the one chain that is
// served, so that each is told of.
func BenchmarkConnectivity(b *testing.B) {
	const devices = 100_000
	for _, c := range []struct {
		name           string
		trusts, chains int // how many differ
		common         bool
	}{
		{"likely", 500, 20, true},
		{"different", devices, 20, true},
		{"broken", devices, 1, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			servers, verifiers := estateOf(devices, c.trusts, c.chains, c.common)
			facts, before := live(), allocated()
			broken := 0
			for b.Loop() {
				broken = len(clm.Connectivity(servers, verifiers))
			}
			if want := map[bool]int{true: 0, false: devices}[c.common]; broken != want {
				b.Fatalf("%d connections are broken, want %d", broken, want)
			}
			b.ReportMetric(0, "ns/op") // in seconds instead
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
			b.ReportMetric(float64(facts+(allocated()-before)/uint64(b.N))/1e6, "MB")
			runtime.KeepAlive([][]clm.Party{servers, verifiers})
		})
	}
}

// live is what is in memory, and allocated what ever was.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// estateOf is devices with so many different trust stores, of ten out of 300 roots
// each, which hold so many different chains. One root is common to all, or the chains
// are of a root that nobody has.
func estateOf(devices, trusts, chains int, common bool) (servers, verifiers []clm.Party) {
	root := fingerprint("common", 0)
	vouching := root
	if !common {
		vouching = fingerprint("stranger", 0)
	}
	for i := range devices {
		name := fmt.Sprintf("device-%06d", i)
		chance := rand.New(rand.NewPCG(1, uint64(i%trusts)))
		trusted := []string{root}
		for range 9 {
			trusted = append(trusted, fingerprint("trusted", chance.IntN(300)))
		}
		verifiers = append(verifiers, clm.Party{Name: name, Count: 1, Trusts: trusted})
		servers = append(servers, clm.Party{Name: name, Count: 1, VouchedBy: []string{fingerprint("issuer", i%chains), vouching}})
	}
	return servers, verifiers
}

func fingerprint(kind string, n int) string {
	return clm.FingerprintOf(fmt.Appendf(nil, "%s %d", kind, n))
}
