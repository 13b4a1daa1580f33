package client_test

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// losing carries requests to the backend and loses the answers to the first n
// creates: the work is done and nobody hears of it.
type losing struct {
	http.RoundTripper
	mu   sync.Mutex
	lose int
	keys []string
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method != http.MethodPost {
		return resp, err
	}
	l.keys = append(l.keys, r.Header.Get(api.IdempotencyKey))
	if l.lose > 0 {
		l.lose--
		resp.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return resp, err
}

// process is a client as one provider process has it.
func process(way http.RoundTripper) *client.Client {
	return client.New(client.Options{Endpoint: "http://embedded", Transport: way, Scope: "/work"})
}

func rootOf(name string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
		Subject: api.Subject{CommonName: name}, KeyAlgorithm: "ECDSA", ValidityPeriodHours: 87600,
	}}}
}

func deviceAt(name, folder string) api.WriteDevice {
	return api.WriteDevice{Name: name, CertSync: "managed", Local: &api.Local{RootDirectory: folder}}
}

// A create whose answer was lost is asked again and finds what it made: the work
// is done once, for every noun.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	way := &losing{RoundTripper: estate.Transport("test:alice")}
	c := process(way)
	lose := func() { way.mu.Lock(); way.lose = 1; way.mu.Unlock() }

	lose()
	root, err := c.CreateRootCertificate(t.Context(), rootOf("lab"))
	must(t, err)
	lose()
	device, err := c.CreateDevice(t.Context(), deviceAt("web-1", t.TempDir()))
	must(t, err)
	lose()
	enrolled, err := c.CreateCertificate(t.Context(), api.CertificateSpec{
		Name: "shop", IssuerID: root.ID, Subject: api.Subject{CommonName: "shop.example.com"}, ValidityPeriodHours: 720,
	})
	must(t, err)
	lose()
	placed, err := c.CreateConnector(t.Context(), api.WriteConnector{
		Name: "shop", CertificateID: enrolled.Certificate.ID, DeviceID: device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: "etc", CertificateFile: "tls.crt", KeyFile: "tls.key"},
	})
	must(t, err)
	if placed.Push != nil || placed.Connector.PushState != "pushed" || enrolled.Operation != "enrol" || enrolled.Certificate.Version != 1 {
		t.Errorf("enrolled %+v\nplaced %+v", enrolled, placed)
	}

	if len(way.keys) != 8 {
		t.Fatalf("%d creates arrived, want each twice", len(way.keys))
	}
	for i := 0; i < len(way.keys); i += 2 {
		if way.keys[i] == "" || way.keys[i] != way.keys[i+1] {
			t.Errorf("a create came with key %q and again with %q", way.keys[i], way.keys[i+1])
		}
	}
	events, err := c.AuditEvents(t.Context())
	must(t, err)
	count := map[string]int{}
	for _, e := range events {
		count[e.Action]++
	}
	for _, action := range []string{"root_certificate.create", "device.create", "certificate.enrol", "connector.create"} {
		if count[action] != 1 {
			t.Errorf("%s happened %d times", action, count[action])
		}
	}
}

// Two creates with one content are two wishes, whether one after the other or
// both at once: exactly one gets the name.
func TestTwoWishes(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	c := process(estate.Transport("test:alice"))
	_, err := c.CreateRootCertificate(t.Context(), rootOf("lab"))
	must(t, err)
	_, err = c.CreateRootCertificate(t.Context(), rootOf("lab"))
	const text = `a root certificate named "lab" exists already (choose another name, or bring the existing one under management with an import block whose id is "lab")`
	if !api.Is(err, api.CodeExists) || err.Error() != text {
		t.Errorf("the second wish: %v", err)
	}

	together := deviceAt("web-2", t.TempDir())
	const crowd = 8
	results := make([]error, crowd)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { _, results[i] = c.CreateDevice(t.Context(), together) })
	}
	wg.Wait()
	refused := slices.DeleteFunc(slices.Clone(results), func(err error) bool { return !api.Is(err, api.CodeExists) })
	if len(refused) != crowd-1 {
		t.Errorf("of %d at once %d were refused: %v", crowd, len(refused), results)
	}
}

// A create that was refused may be wished again.
func TestWishedAgain(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	way := &losing{RoundTripper: estate.Transport("test:alice")}
	c := process(way)
	folder := t.TempDir() + "/missing"
	for range 2 {
		if _, err := c.CreateDevice(t.Context(), deviceAt("web-1", folder)); err == nil {
			t.Fatal("a device without a folder is taken")
		}
	}
	if way.keys[0] != way.keys[1] {
		t.Errorf("one wish came with the keys %q", way.keys)
	}
}

// A new process that repeats a create finds what the last one made, as long as
// nobody changed it and for a day. Another principal, and another place, do not.
func TestRepeatedInTheNextProcess(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		between func(t *testing.T, estate *clmtest.Estate, made api.Device)
		next    func(estate *clmtest.Estate) *client.Client
		taken   bool
		again   bool // it is not found but made anew
	}{
		"at once":           {},
		"just within a day": {between: func(_ *testing.T, estate *clmtest.Estate, _ api.Device) { estate.Clock.Advance(24 * time.Hour) }},
		"after a day": {
			between: func(_ *testing.T, estate *clmtest.Estate, _ api.Device) {
				estate.Clock.Advance(24*time.Hour + time.Millisecond)
			}, taken: true,
		},
		"changed meanwhile": {between: func(t *testing.T, estate *clmtest.Estate, made api.Device) {
			estate.Clock.Advance(time.Second)
			_, err := estate.UpdateDevice(t.Context(), made.ID, deviceAt("web-1", made.Local.RootDirectory))
			must(t, err)
		}, taken: true},
		"deleted meanwhile": {between: func(t *testing.T, estate *clmtest.Estate, made api.Device) {
			must(t, estate.DeleteDevice(t.Context(), made.ID))
		}, again: true},
		"by somebody else": {next: func(estate *clmtest.Estate) *client.Client { return process(estate.Transport("test:bob")) }, taken: true},
		"from another place": {next: func(estate *clmtest.Estate) *client.Client {
			return client.New(client.Options{Endpoint: "http://embedded", Transport: estate.Transport("test:alice"), Scope: "/elsewhere"})
		}, taken: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			estate := clmtest.NewBackend(t)
			device := deviceAt("web-1", t.TempDir())
			made, err := process(estate.Transport("test:alice")).CreateDevice(t.Context(), device)
			must(t, err)
			if tt.between != nil {
				tt.between(t, estate, made)
			}
			next := process(estate.Transport("test:alice"))
			if tt.next != nil {
				next = tt.next(estate)
			}
			found, err := next.CreateDevice(t.Context(), device)
			if tt.taken {
				if !api.Is(err, api.CodeExists) {
					t.Errorf("the name is not taken: %v", err)
				}
				return
			}
			must(t, err)
			if tt.again == (found.ID == made.ID) {
				t.Errorf("made %s, then found %s", made.ID, found.ID)
			}
		})
	}
}
