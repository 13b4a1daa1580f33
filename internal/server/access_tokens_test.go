package server_test

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// tourAccessTokens makes a token, ends it and forgets it.
func tourAccessTokens(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	ctx := t.Context()
	made, err := c.CreateAccessToken(ctx, "ci", "viewer", time.Minute)
	must(t, err)
	by, err := c.Backend.Authenticate(ctx, made.Secret)
	must(t, err)
	read, err := c.AccessToken(ctx, "ci")
	must(t, err)
	revoked, err := c.RevokeAccessToken(ctx, made.AccessToken.ID)
	must(t, err)
	all, err := c.AccessTokens(ctx)
	must(t, err)
	if by.Name != "token:ci" || read.Status != "active" || read.UsedOn == nil || made.AccessToken.UsedOn != nil || revoked.Status != "revoked" || len(all) != 1 {
		t.Errorf("made %+v, read %+v, revoked %+v; there are %d", made.AccessToken, read, revoked, len(all))
	}
	me, err := c.Principal(ctx)
	must(t, err)
	if me.Name != "test:alice" || me.Role != "administrator" {
		t.Errorf("the estate's own process is %+v", me)
	}
	must(t, c.DeleteAccessToken(ctx, "ci"))
}
