package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func newTokens(t *testing.T) (*stage, *engine.Engine) {
	t.Helper()
	s := newStage(t)
	return s, engine.New(engine.Ports{Store: s.store, Sealer: s.Sealer, Clock: s.clock})
}

// A secret lets in whoever has it until its time is over or it is revoked, and is
// written down nowhere.
func TestAccessToken(t *testing.T) {
	t.Parallel()
	s, e := newTokens(t)
	token, secret, err := e.CreateAccessToken(t.Context(), alice, engine.AccessTokenInput{Name: "ci", Role: clm.RoleOperator, Expires: time.Hour})
	must(t, err)
	if by := must2(e.Authenticate(t.Context(), secret)); by != (clm.Principal{Name: "token:ci", Role: clm.RoleOperator}) {
		t.Errorf("it lets in %+v", by)
	}
	if _, _, err := e.CreateAccessToken(t.Context(), alice, engine.AccessTokenInput{Name: "ci", Role: clm.RoleViewer, Expires: time.Hour}); clm.KindOf(err) != clm.KindExists {
		t.Errorf("a second token of that name: %v", err)
	}
	if err := e.DeleteAccessToken(t.Context(), alice, "ci"); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("deleting a token that lets somebody in: %v", err)
	}
	s.clock.Advance(time.Hour)
	wantLockedOut(t, e, secret, `access token "ci" expired at`)
	must2(e.RevokeAccessToken(t.Context(), alice, token.ID))
	wantLockedOut(t, e, secret, `access token "ci" was revoked at`)
	must2(e.RevokeAccessToken(t.Context(), alice, "ci")) // for good, and once
	must(t, e.DeleteAccessToken(t.Context(), alice, "ci"))
	wantLockedOut(t, e, secret, "the access token is not one of this estate")
	wantLockedOut(t, e, "clm_none", "this is no access token")
	wantTrail(t, e, secret, "access_token.create", "access_token.use", "access_token.revoke", "access_token.delete")
}

func wantLockedOut(t *testing.T, e *engine.Engine, secret, why string) {
	t.Helper()
	by, err := e.Authenticate(t.Context(), secret)
	if clm.KindOf(err) != clm.KindDenied || !strings.HasPrefix(err.Error(), why) || by != (clm.Principal{}) || strings.Contains(err.Error(), secret) {
		t.Errorf("let in: %+v; refused: %v, want %s", by, err, why)
	}
}

// wantTrail holds that the trail is of these actions, and has no secret in it.
func wantTrail(t *testing.T, e *engine.Engine, secret string, want ...string) {
	t.Helper()
	var got []string
	for _, event := range must2(e.Audit(t.Context(), 0, 0)) {
		got = append(got, event.Action)
		for name, text := range event.Details {
			if strings.Contains(text, secret) {
				t.Errorf("the secret is in %s of %s", name, event.Action)
			}
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the trail is %v, want %v", got, want)
	}
}

// That a token is used is recorded once a day, however often it is.
func TestAccessTokenUse(t *testing.T) {
	t.Parallel()
	s, e := newTokens(t)
	_, secret, err := e.CreateAccessToken(t.Context(), alice, engine.AccessTokenInput{Name: "ci", Role: clm.RoleViewer, Expires: 720 * time.Hour})
	must(t, err)
	for range 3 {
		for range 3 {
			must2(e.Authenticate(t.Context(), secret))
		}
		if used, today := must2(e.AccessToken(t.Context(), "ci")).UsedOn, s.clock.Now().UTC().Truncate(24*time.Hour); !used.Equal(today) {
			t.Errorf("used on %v, want %v", used, today)
		}
		s.clock.Advance(24 * time.Hour)
	}
	wantTrail(t, e, secret, "access_token.create", "access_token.use", "access_token.use", "access_token.use")
}
