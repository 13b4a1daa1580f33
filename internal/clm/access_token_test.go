package clm_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A secret is recognized by its form, never made twice, and known by its hash alone.
func TestAccessSecret(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^clm_[0-9A-Za-z]{36}$`), map[string]bool{}
	for range 100 {
		secret := clm.NewAccessSecret()
		hash, ok := clm.HashAccessSecret(secret)
		if !form.MatchString(secret) || !ok || len(hash) != 64 || strings.Contains(hash, secret[4:]) || seen[hash] {
			t.Fatalf("%s has the hash %s (%t)", secret, hash, ok)
		}
		seen[hash] = true
	}
}

// A typing error is noticed wherever it is.
func TestAccessSecretMistyped(t *testing.T) {
	t.Parallel()
	secret := clm.NewAccessSecret()
	wrong := []string{"", "clm_", secret[:len(secret)-1], secret + "0", " " + secret, strings.ToUpper(secret), "ghp_" + secret[4:]}
	for i := range secret {
		other := byte('a')
		if secret[i] == other {
			other = 'b'
		}
		wrong = append(wrong, secret[:i]+string(other)+secret[i+1:])
	}
	for _, text := range wrong {
		if hash, ok := clm.HashAccessSecret(text); ok || hash != "" {
			t.Errorf("%q passes for a secret beside %q", text, secret)
		}
	}
}

func TestAccessTokenStatus(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	token := clm.AccessToken{Name: "ci", Role: clm.RoleOperator, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}
	revoked := token
	revoked.RevokedAt = &noon
	for _, tt := range []struct {
		token   clm.AccessToken
		after   time.Duration
		status  clm.AccessTokenStatus
		refusal string
	}{
		{token, 0, clm.AccessTokenActive, ""},
		{token, time.Hour - 1, clm.AccessTokenActive, ""},
		{token, time.Hour, clm.AccessTokenExpired, `access token "ci" expired at 2026-11-25T13:00:00Z (ask an administrator for another one: terraform-provider-clm token create)`},
		{revoked, 0, clm.AccessTokenRevoked, `access token "ci" was revoked at 2026-11-25T12:00:00Z (ask an administrator for another one: terraform-provider-clm token create)`},
	} {
		now, said := noon.Add(tt.after), ""
		if err := tt.token.Refusal(now); err != nil {
			said = err.Error()
		}
		if status := tt.token.Status(now); status != tt.status || said != tt.refusal {
			t.Errorf("after %v: %s, %s", tt.after, status, said)
		}
	}
}

func TestAccessTokenCheck(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for field, token := range map[string]clm.AccessToken{
		"":                {Name: "ci", Role: clm.RoleViewer, CreatedAt: noon, ExpiresAt: noon.Add(clm.LongestAccess)},
		"name":            {Name: "c/i", Role: clm.RoleViewer, CreatedAt: noon, ExpiresAt: noon.Add(1)},
		"role":            {Name: "ci", Role: "root", CreatedAt: noon, ExpiresAt: noon.Add(1)},
		"expires_seconds": {Name: "ci", Role: clm.RoleViewer, CreatedAt: noon, ExpiresAt: noon},
	} {
		if got := fieldOf(token.Check()); got != field {
			t.Errorf("%+v is refused for %q, want %q", token, got, field)
		}
	}
	long := clm.AccessToken{Name: "ci", Role: clm.RoleViewer, CreatedAt: noon, ExpiresAt: noon.Add(clm.LongestAccess + 1)}
	if got := fieldOf(long.Check()); got != "expires_seconds" {
		t.Errorf("a token for more than two years is refused for %q", got)
	}
}

// Every role against every other: operator and approver stand beside each other.
func TestRoles(t *testing.T) {
	t.Parallel()
	enough := map[clm.Role][]clm.Role{
		clm.RoleViewer:        {clm.RoleViewer},
		clm.RoleOperator:      {clm.RoleViewer, clm.RoleOperator},
		clm.RoleApprover:      {clm.RoleViewer, clm.RoleApprover},
		clm.RoleAdministrator: clm.Roles(),
		"":                    nil,
		"root":                nil,
	}
	for role, suffices := range enough {
		for _, needed := range append(clm.Roles(), "", "root") {
			want := false
			for _, r := range suffices {
				want = want || r == needed
			}
			if role.May(needed) != want {
				t.Errorf("%q where %q is needed: %t", role, needed, !want)
			}
		}
	}
}

// fieldOf is the input an error is about.
func fieldOf(err error) string {
	var e *clm.Error
	errors.As(err, &e)
	if e == nil {
		return ""
	}
	return e.Field
}
