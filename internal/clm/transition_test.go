package clm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Every verb from every state of a version: where it leads, or why it is refused.
func TestVersionTransitions(t *testing.T) {
	t.Parallel()
	const (
		onlyNew    = ", and that is possible only when it is new"
		onlyIssued = ", and that is possible only when it is issued"
		onlyValid  = ", and that is possible only when it is issued or superseded or on_hold"
		onlyHeld   = ", and that is possible only when it is on_hold"
	)
	for _, tt := range []struct {
		verb string
		from clm.VersionState
		to   clm.VersionState
		err  string
	}{
		{"issue", "", clm.VersionIssued, ""},
		{"issue", clm.VersionIssued, "", "it is issued" + onlyNew},
		{"issue", clm.VersionSuperseded, "", "it is superseded" + onlyNew},
		{"issue", clm.VersionRevoked, "", "it is revoked" + onlyNew},
		{"supersede", "", "", "it is new" + onlyIssued},
		{"supersede", clm.VersionIssued, clm.VersionSuperseded, ""},
		{"supersede", clm.VersionSuperseded, "", "it is superseded" + onlyIssued},
		{"supersede", clm.VersionRevoked, "", "it is revoked" + onlyIssued},
		{"revoke", "", "", "it is new" + onlyValid},
		{"revoke", clm.VersionIssued, clm.VersionRevoked, ""},
		{"revoke", clm.VersionSuperseded, clm.VersionRevoked, ""},
		{"revoke", clm.VersionOnHold, clm.VersionRevoked, ""},
		{"revoke", clm.VersionRevoked, "", "it is revoked" + onlyValid},
		{"issue", clm.VersionOnHold, "", "it is on_hold" + onlyNew},
		{"supersede", clm.VersionOnHold, "", "it is on_hold" + onlyIssued},
		{"hold", "", "", "it is new" + onlyIssued},
		{"hold", clm.VersionIssued, clm.VersionOnHold, ""},
		{"hold", clm.VersionSuperseded, "", "it is superseded" + onlyIssued},
		{"hold", clm.VersionOnHold, "", "it is on_hold" + onlyIssued},
		{"hold", clm.VersionRevoked, "", "it is revoked" + onlyIssued},
		{"release", "", "", "it is new" + onlyHeld},
		{"release", clm.VersionIssued, "", "it is issued" + onlyHeld},
		{"release", clm.VersionSuperseded, "", "it is superseded" + onlyHeld},
		{"release", clm.VersionOnHold, clm.VersionIssued, ""},
		{"release", clm.VersionRevoked, "", "it is revoked" + onlyHeld},
	} {
		t.Run(tt.verb+" "+string(tt.from), func(t *testing.T) {
			t.Parallel()
			v := clm.Version{State: tt.from}
			err := v.Apply(tt.verb, "shop")
			judgeMove(t, "certificate", tt.verb, err, tt.err)
			if want := landing(tt.from, tt.to); v.State != want {
				t.Errorf("the version is %q, want %q", v.State, want)
			}
		})
	}
}

// Every verb from every push state.
func TestPushTransitions(t *testing.T) {
	t.Parallel()
	const onlyPushing = ", and that is possible only when it is pushing"
	for _, tt := range []struct {
		verb string
		from clm.PushState
		to   clm.PushState
		err  string
	}{
		{"begin push", clm.NeverPushed, clm.Pushing, ""},
		{"begin push", clm.Pushing, clm.Pushing, ""},
		{"begin push", clm.Pushed, clm.Pushing, ""},
		{"begin push", clm.PushFailed, clm.Pushing, ""},
		{"begin push", "", "", "it is new, and that is possible only when it is never_pushed or pushed or push_failed or pushing"},
		{"complete push", clm.Pushing, clm.Pushed, ""},
		{"complete push", clm.NeverPushed, "", "it is never_pushed" + onlyPushing + " or push_failed"},
		{"complete push", clm.Pushed, "", "it is pushed" + onlyPushing + " or push_failed"},
		{"complete push", clm.PushFailed, clm.Pushed, ""},
		{"fail push", clm.Pushing, clm.PushFailed, ""},
		{"fail push", clm.NeverPushed, "", "it is never_pushed" + onlyPushing},
		{"fail push", clm.Pushed, "", "it is pushed" + onlyPushing},
		{"fail push", clm.PushFailed, "", "it is push_failed" + onlyPushing},
	} {
		t.Run(tt.verb+" "+string(tt.from), func(t *testing.T) {
			t.Parallel()
			before := clm.Connector{Name: "shop", State: tt.from, Failure: "disk full", LastPush: &clm.Push{Version: 1}}
			c := before
			err := map[string]func() error{
				"begin push":    func() error { return c.BeginPush(time.Time{}) },
				"complete push": func() error { return c.CompletePush(clm.Push{Version: 2}) },
				"fail push":     func() error { return c.FailPush(errors.New("no route")) },
			}[tt.verb]()
			judgeMove(t, "connector", tt.verb, err, tt.err)
			if tt.err != "" && !cmp.Equal(c, before) {
				t.Errorf("a refused move changed the connector: %s", cmp.Diff(before, c))
			}
			if want := landing(tt.from, tt.to); c.State != want {
				t.Errorf("the connector is %q, want %q", c.State, want)
			}
		})
	}
}

// judgeMove compares err with the reason it should give, "" for none.
func judgeMove(t *testing.T, noun, verb string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	mustRefuse(t, err, clm.KindRefused, "", "cannot "+verb+" "+noun+` "shop": `+want)
}

func landing[S ~string](from, to S) S {
	if to == "" {
		return from
	}
	return to
}

// Completing a push forgets the last failure; failing one keeps what the last
// push that worked put there.
func TestPushRecordsWhatHappened(t *testing.T) {
	t.Parallel()
	c := clm.Connector{State: clm.NeverPushed}
	first := clm.Push{Version: 1, Directory: "etc/tls", Files: map[string]string{"b.key": "2", "a.crt": "1"}}
	must(t, c.BeginPush(time.Time{}))
	must(t, c.FailPush(errors.New("disk full")))
	must(t, c.BeginPush(time.Time{}))
	must(t, c.CompletePush(first))
	if c.Failure != "" || !cmp.Equal(c.LastPush, &first) {
		t.Errorf("after a completed push: failure %q, last push %+v", c.Failure, c.LastPush)
	}
	must(t, c.BeginPush(time.Time{}))
	must(t, c.FailPush(errors.New("no route")))
	if c.Failure != "no route" || !cmp.Equal(c.LastPush, &first) {
		t.Errorf("after a failed push: failure %q, last push %+v", c.Failure, c.LastPush)
	}
}

// A revoked version keeps when and why it was revoked, and nothing revokes it
// again.
func TestRevokeIsForGood(t *testing.T) {
	t.Parallel()
	v := clm.Version{State: clm.VersionSuperseded}
	must(t, v.Revoke("shop", "key_compromise", noon))
	before := v
	err := v.Revoke("shop", "superseded", noon.Add(time.Hour))
	mustRefuse(t, err, clm.KindRefused, "", `cannot revoke certificate "shop": it is revoked, and that is possible only when it is issued or superseded or on_hold`)
	if !cmp.Equal(v, before) {
		t.Errorf("the second revocation changed the first: %s", cmp.Diff(before, v))
	}
	unspecified := clm.Version{State: clm.VersionIssued}
	must(t, unspecified.Revoke("shop", "", noon))
	if unspecified.RevocationReason != "unspecified" || !unspecified.RevokedAt.Equal(noon) {
		t.Errorf("revoked for %q at %v", unspecified.RevocationReason, unspecified.RevokedAt)
	}
}

func TestVersionStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state clm.VersionState
		at    time.Duration
		want  clm.CertificateStatus
	}{
		{clm.VersionIssued, -time.Nanosecond, clm.StatusIssued},
		{clm.VersionIssued, 0, clm.StatusExpired},
		{clm.VersionSuperseded, -time.Nanosecond, clm.StatusSuperseded},
		{clm.VersionSuperseded, 0, clm.StatusExpired},
		{clm.VersionOnHold, -time.Nanosecond, clm.StatusOnHold},
		{clm.VersionOnHold, 0, clm.StatusExpired},
		{clm.VersionRevoked, -time.Hour, clm.StatusRevoked},
		{clm.VersionRevoked, time.Hour, clm.StatusRevoked},
	} {
		v := clm.Version{State: tt.state, NotAfter: noon}
		if got := v.Status(noon.Add(tt.at)); got != tt.want {
			t.Errorf("%s, %v after its end: %s, want %s", tt.state, tt.at, got, tt.want)
		}
	}
}

func TestRevocationReasons(t *testing.T) {
	t.Parallel()
	for _, reason := range []clm.RevocationReason{
		"", "unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded",
		"cessation_of_operation", "privilege_withdrawn", "aa_compromise",
	} {
		if err := reason.Check(); err != nil {
			t.Errorf("%q is refused: %v", reason, err)
		}
	}
	for _, reason := range []clm.RevocationReason{"certificate_hold", "remove_from_crl", "keyCompromise", "1", " superseded"} {
		mustRefuse(t, reason.Check(), clm.KindInvalid, "revocation_reason", `"`+string(reason)+`" is not a revocation reason (use unspecified, key_compromise, `+
			`ca_compromise, affiliation_changed, superseded, cessation_of_operation, privilege_withdrawn or aa_compromise)`)
	}
}
