package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// crowded is an estate with more devices and audit rows than two pages hold,
// written by another process all at once.
func crowded(t *testing.T, n int) *clmtest.Estate {
	t.Helper()
	estate := clmtest.NewBackend(t)
	db, err := store.Open(t.Context(), estate.Config.DataDir, store.Options{})
	must(t, err)
	defer db.Close()
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			d := clm.Device{ID: clm.NewID(), Name: fmt.Sprintf("web %04d", i), CertSync: clm.SyncIgnored, Local: &clm.Local{RootDirectory: fmt.Sprint("/srv/", i)}, CreatedAt: estate.Clock.Now()}
			if err := tx.InsertDevice(&d); err != nil {
				return err
			}
			e := clm.AuditEvent{At: estate.Clock.Now().UTC(), Principal: "test", Action: "device.create", Noun: clm.NounDevice, SubjectID: d.ID, Subject: d.Name}
			if err := tx.AppendAudit(&e); err != nil {
				return err
			}
		}
		return nil
	}))
	return estate
}

// The client gets every item once and in order, however many pages there are.
func TestListsArePaged(t *testing.T) {
	t.Parallel()
	const n = 2*api.MaxPage + 1
	estate := crowded(t, n)
	devices, err := estate.Devices(t.Context())
	must(t, err)
	if len(devices) != n || !slices.IsSortedFunc(devices, func(a, b api.Device) int { return cmpNames(a.Name, b.Name) }) {
		t.Errorf("%d devices, the first %q", len(devices), devices[0].Name)
	}
	if unique := slices.CompactFunc(slices.Clone(devices), func(a, b api.Device) bool { return a.ID == b.ID }); len(unique) != n {
		t.Errorf("%d devices came twice", n-len(unique))
	}
	events, err := estate.AuditEvents(t.Context())
	must(t, err)
	if len(events) != n || events[0].Sequence != 1 || events[n-1].Sequence != n {
		t.Errorf("%d audit rows, from %d to %d", len(events), events[0].Sequence, events[len(events)-1].Sequence)
	}
}

func cmpNames(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// A page says where the next one begins exactly when there is one.
func TestPages(t *testing.T) {
	t.Parallel()
	way := crowded(t, 6).Transport("test:alice")
	for _, tt := range []struct {
		query string
		items int
		next  string
	}{
		{"", 6, ""}, {"?limit=0", 6, ""}, {"?limit=7", 6, ""}, {"?limit=6", 6, ""}, {"?limit=5", 5, "web 0004"}, {"?limit=1", 1, "web 0000"},
		{"?limit=3&after=web+0001", 3, "web 0004"}, {"?limit=3&after=web+0002", 3, ""}, {"?after=web+0005", 0, ""}, {"?after=zzz", 0, ""},
	} {
		_, content := answered(t, way, http.MethodGet, api.Devices+tt.query, "")
		var page api.List[api.Device]
		must(t, json.Unmarshal([]byte(content), &page))
		if len(page.Items) != tt.items || page.Next != tt.next || page.Items == nil {
			t.Errorf("%q: %d items, next %q; want %d, %q", tt.query, len(page.Items), page.Next, tt.items, tt.next)
		}
	}
}

func TestCertificateFilters(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	roots := map[string]string{}
	for _, name := range []string{"corp", "lab"} {
		root, err := estate.CreateRootCertificate(t.Context(), rootInput(name))
		must(t, err)
		roots[name] = root.ID
	}
	for name, issuer := range map[string]string{"shop": "corp", "mail": "corp", "workshop": "lab"} {
		in := certificateInput(name, roots[issuer])
		if name == "mail" {
			in.ValidityPeriodHours, in.EarlyRenewalHours = 48, 0
		}
		_, err := estate.CreateCertificate(t.Context(), in)
		must(t, err)
	}
	_, err := estate.RevokeCertificate(t.Context(), "workshop", "superseded")
	must(t, err)
	for _, tt := range []struct {
		name   string
		filter client.CertificateFilter
		want   []string
	}{
		{"none", client.CertificateFilter{}, []string{"mail", "shop", "workshop"}},
		{"issuer", client.CertificateFilter{IssuerID: roots["corp"]}, []string{"mail", "shop"}},
		{"common name", client.CertificateFilter{CommonName: "shop.example.com"}, []string{"shop"}},
		{"part of the name", client.CertificateFilter{NameContains: "shop"}, []string{"shop", "workshop"}},
		{"part with signs", client.CertificateFilter{NameContains: "%&_"}, nil},
		{"expiry", client.CertificateFilter{ExpiresBefore: estate.Clock.Now().Add(72 * time.Hour)}, []string{"mail"}},
		{"revoked", client.CertificateFilter{Revoked: true}, []string{"workshop"}},
		{"several", client.CertificateFilter{IssuerID: roots["corp"], NameContains: "shop"}, []string{"shop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found, err := estate.Certificates(t.Context(), tt.filter)
			must(t, err)
			var names []string
			for _, c := range found {
				names = append(names, c.Spec.Name)
			}
			if !slices.Equal(names, tt.want) {
				t.Errorf("found %v, want %v", names, tt.want)
			}
		})
	}
}

// Whatever a name may hold, and whatever else somebody asks for, the reference
// arrives as it was written.
func TestReferencesArriveAsWritten(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	for _, name := range []string{"a b", "alice@example.com", "a.b.c", "a..b", "A-b_c", "7"} {
		made, err := estate.CreateDevice(t.Context(), api.WriteDevice{Name: name, CertSync: "ignored", Local: &api.Local{RootDirectory: "/srv/" + name}})
		must(t, err)
		found, err := estate.Device(t.Context(), name)
		if err != nil || found.ID != made.ID {
			t.Errorf("%q finds %q, %v", name, found.Name, err)
		}
	}
	for _, ref := range []string{"a/b", "a%2Fb", "a?b", "a#b", "a+b", "a%20b", "ä", "a;b", "%", "a\\b", ".", ".."} {
		_, err := estate.Device(t.Context(), ref)
		if want := fmt.Sprintf("there is no device %q", ref); !api.Is(err, api.CodeNotFound) || err.Error() != want {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := estate.Device(t.Context(), ""); !api.Is(err, api.CodeInvalid) { // nothing is found, and nothing is gone
		t.Errorf("no reference at all: %v", err)
	}
	if all, err := estate.Devices(t.Context()); err != nil || len(all) != 6 {
		t.Errorf("%d devices are left, %v", len(all), err)
	}
}
