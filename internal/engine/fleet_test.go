package engine_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// fleet is a stage with a root, devices that trust it, servers that serve what it
// issued, and an internet gateway in between.
type fleet struct {
	*stage
	agents  []string
	servers []string
	// before is what each server served when the fleet was made: credentials that
	// are around long after.
	before map[string]tls.Certificate
	made   string // the folder it was made in, on record for its devices
}

func newFleet(t testing.TB, agents, servers int) *fleet {
	t.Helper()
	return fleetOn(newStage(t), agents, servers)
}

func fleetOn(s *stage, agents, servers int) *fleet {
	s.t.Helper()
	f := &fleet{stage: s, before: map[string]tls.Certificate{}, made: s.folder}
	root := s.root("corp")
	profile, err := s.CreateProfile(s.t.Context(), alice, profileInput(root))
	must(s.t, err)
	for i := range agents {
		f.agents = append(f.agents, fmt.Sprintf("agent-%d", i))
		f.agent(f.agents[i], profile)
	}
	shop := s.certificate("shop", root)
	for i := range servers {
		f.servers = append(f.servers, fmt.Sprintf("server-%d", i))
		s.connector(f.servers[i], shop, s.device(f.servers[i]))
		f.before[f.servers[i]] = f.credentials(f.servers[i])
	}
	return f
}

func profileInput(root clm.RootCertificate) engine.ProfileInput {
	return engine.ProfileInput{
		Name: "agents", RootIDs: []string{root.ID}, CheckInInterval: time.Minute,
		TrustStore: clm.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
	}
}

// agent adds a device that trusts, and tells it.
func (f *fleet) agent(name string, profile clm.CommunicationProfile) clm.Device {
	f.t.Helper()
	in := f.deviceInput(name)
	in.ProfileID = profile.ID
	device, err := f.CreateDevice(f.t.Context(), alice, in)
	must(f.t, err)
	told, err := f.CheckInDevice(f.t.Context(), alice, name)
	must(f.t, errors.Join(err, told.Err))
	return device
}

// dmz adds an internet gateway that has to be refreshed by hand.
func (f *fleet) dmz() {
	f.t.Helper()
	profile, err := f.Profile(f.t.Context(), "agents")
	must(f.t, err)
	_, err = f.CreateGateway(f.t.Context(), alice, clm.InternetGateway{Name: "dmz", ProfileID: profile.ID})
	must(f.t, err)
}

// away takes a device off the network; back brings it on again.
func (f *fleet) away(name string) {
	f.t.Helper()
	must(f.t, os.Rename(f.path(name), f.path(name+".away")))
}

func (f *fleet) back(name string) {
	f.t.Helper()
	must(f.t, os.Rename(f.path(name+".away"), f.path(name)))
}

func (f *fleet) corp() clm.RootCertificate {
	f.t.Helper()
	root, err := f.Root(f.t.Context(), "corp")
	must(f.t, err)
	return root
}

// wish is for a root of another subject, as careful as policy says.
func wish(subject string, change ...func(*clm.ReplacementPolicy)) engine.RootWish {
	w := rootInput("corp")
	w.Source.SelfSigned.Subject.CommonName = subject
	policy := clm.DefaultReplacementPolicy()
	for _, c := range change {
		c(&policy)
	}
	w.Policy = &policy
	return w
}

func held(p *clm.ReplacementPolicy) { p.Finalize = false }

// want records a wish and drives on what follows.
func (f *fleet) want(w engine.RootWish) engine.Advanced {
	f.t.Helper()
	_, err := f.UpdateRoot(f.t.Context(), alice, "corp", w)
	must(f.t, err)
	return f.advance()
}

func (f *fleet) advance() engine.Advanced {
	f.t.Helper()
	out, err := f.Advance(f.t.Context(), alice, "corp", true)
	must(f.t, err)
	f.checkHandshakes()
	return out
}

func (f *fleet) rollout() engine.Rollout {
	f.t.Helper()
	r, err := f.Rollout(f.t.Context(), "corp")
	must(f.t, err)
	return r
}

// is holds the slot to a state.
func (f *fleet) is(state clm.RootState) {
	f.t.Helper()
	if root := f.corp(); root.State != state {
		r := f.rollout()
		f.t.Fatalf("the root is %s, want %s; unmet: %+v", root.State, state, r.Unmet)
	}
}

// credentials are what a server serves now, read from its files, also while it is
// away.
func (f *fleet) credentials(server string) tls.Certificate {
	f.t.Helper()
	read := func(file string) []byte { return f.read(server, "etc/"+server+"/"+file) }
	pair, err := tls.X509KeyPair(append(read("tls.crt"), read("chain.crt")...), read("tls.key"))
	must(f.t, err)
	return pair
}

// trust is what an agent has installed, also while it is away.
func (f *fleet) trust(agent string) *x509.CertPool {
	f.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(f.read(agent, "etc/trust/ca.pem")) {
		f.t.Fatalf("%s trusts nobody", agent)
	}
	return pool
}

// read reads a file of a device, wherever it is.
func (f *fleet) read(device, file string) []byte {
	f.t.Helper()
	content, err := os.ReadFile(f.path(device, file))
	if errors.Is(err, os.ErrNotExist) {
		content, err = os.ReadFile(f.path(device+".away", file))
	}
	must(f.t, err)
	return content
}

// has tells whether it has that file.
func (f *fleet) has(device, file string) bool {
	_, here := os.Stat(f.path(device, file))
	_, away := os.Stat(f.path(device+".away", file))
	return here == nil || away == nil
}

// checkHandshakes makes a real connection from every agent to every server. While
// the old root is trusted, what a server served before must be accepted too.
func (f *fleet) checkHandshakes() {
	f.t.Helper()
	oldRetired := slices.ContainsFunc(f.corp().History, func(o clm.Outcome) bool { return o.Outcome == clm.OutcomeCompleted })
	for _, agent := range f.agents {
		if _, err := os.Stat(f.path(agent)); err != nil && oldRetired {
			continue // it was gone on without
		}
		trust := f.trust(agent)
		for _, server := range f.servers {
			if _, err := os.Stat(f.path(server)); err != nil {
				continue
			}
			if err := handshake(f.credentials(server), trust, f.clock.Now()); err != nil {
				f.t.Errorf("%s does not accept %s: %v", agent, server, err)
			}
			if err := handshake(f.before[server], trust, f.clock.Now()); err != nil && !oldRetired {
				f.t.Errorf("%s does not accept what %s served before: %v", agent, server, err)
			}
		}
	}
}

// handshake is a TLS connection over a pipe.
func handshake(credentials tls.Certificate, trust *x509.CertPool, now time.Time) error {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	go func() {
		_ = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{credentials}, MinVersion: tls.VersionTLS13}).Handshake()
	}()
	clock := func() time.Time { return now }
	return tls.Client(near, &tls.Config{RootCAs: trust, ServerName: "shop.example.com", Time: clock, MinVersion: tls.VersionTLS13}).Handshake()
}

// checkServed holds that every server has the current version, and is seen to.
func (f *fleet) checkServed() {
	f.t.Helper()
	current := f.row("shop").Current
	for _, server := range f.servers {
		if seen := f.sync(server); seen.Status != clm.InSync {
			f.t.Errorf("%s is %s: %s", server, seen.Status, seen.Reason)
		}
		if served := clm.FingerprintOf(f.credentials(server).Certificate[0]); served != current.FingerprintSHA256 {
			f.t.Errorf("%s serves %s", server, served)
		}
	}
}

// bundles are the bytes every agent has installed.
func (f *fleet) bundles() map[string]string {
	f.t.Helper()
	all := map[string]string{}
	for _, agent := range f.agents {
		content, err := os.ReadFile(f.path(agent, "etc/trust/ca.pem"))
		must(f.t, err)
		all[agent] = string(content)
	}
	return all
}

// reopened is the fleet as the next process finds it.
func reopened(f *fleet, clock *clmtest.Clock) *fleet {
	return f.at(f.t, f.folder, clock)
}

func (f *fleet) at(t testing.TB, folder string, clock *clmtest.Clock) *fleet {
	t.Helper()
	again := *f
	again.stage = openStage(t, folder, clock)
	again.deployer.Deployer = elsewhere{again.deployer.Deployer, f.made, folder}
	return &again
}

// copied is the fleet once more at another place, as it stands, for a story of its
// own. It takes less time than making one. Nobody may use f meanwhile.
func (f *fleet) copied(t testing.TB) *fleet {
	t.Helper()
	folder, clock := t.TempDir(), clmtest.NewClock()
	must(t, filepath.WalkDir(f.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return copyEntry(path, filepath.Join(folder, strings.TrimPrefix(path, f.folder)), d)
	}))
	clock.Advance(f.clock.Now().Round(0).Sub(clock.Now().Round(0))) // as on record: without the monotonic clock
	return f.at(t, folder, clock)
}

func copyEntry(from, to string, d fs.DirEntry) error {
	if d.Type() == fs.ModeSymlink {
		target, err := os.Readlink(from)
		return errors.Join(err, os.Symlink(target, to))
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	if d.IsDir() {
		return errors.Join(os.MkdirAll(to, 0o700), os.Chmod(to, info.Mode().Perm()))
	}
	content, err := os.ReadFile(from)
	return errors.Join(err, os.WriteFile(to, content, info.Mode().Perm()))
}

// elsewhere reaches the devices of a fleet that was copied: on record they lie
// where it was made.
type elsewhere struct {
	engine.Deployer
	from, to string
}

func (e elsewhere) at(d clm.Device) clm.Device {
	if below, ok := strings.CutPrefix(d.Local.RootDirectory, e.from); ok {
		d.Local = &clm.Local{RootDirectory: e.to + below}
	}
	return d
}

func (e elsewhere) Check(ctx context.Context, d clm.Device) error {
	return e.Deployer.Check(ctx, e.at(d))
}

func (e elsewhere) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return e.Deployer.Preflight(ctx, e.at(d), set)
}

func (e elsewhere) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	return e.Deployer.Observe(ctx, e.at(d), set)
}

func (e elsewhere) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return e.Deployer.Install(ctx, e.at(d), set)
}

func (e elsewhere) Remove(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return e.Deployer.Remove(ctx, e.at(d), set)
}
