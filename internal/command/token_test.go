package command_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A token is made on the machine that has the estate, and lets in until it is revoked.
func TestToken(t *testing.T) {
	t.Parallel()
	dir, _ := lived(t)
	out, err := typed(t, "token", "create", "--name", "ci", "--role", "operator", "--expires", "720h", "--data-dir", dir)
	must(t, err)
	secret := strings.TrimSpace(out)
	if !regexp.MustCompile(`^clm_[0-9A-Za-z]{36}\n$`).MatchString(out) {
		t.Errorf("printed %q", out)
	}
	b, err := backend.Open(t.Context(), backend.Config{DataDir: dir})
	must(t, err)
	if by, err := b.Authenticate(t.Context(), secret); err != nil || by != (clm.Principal{Name: "token:ci", Role: clm.RoleOperator}) {
		t.Errorf("it lets in %+v, %v", by, err)
	}
	must(t, b.Close())
	listed, err := typed(t, "token", "list", "--data-dir", dir)
	must(t, err)
	if !regexp.MustCompile(`(?m)^NAME +ROLE +STATUS +EXPIRES +LAST USED\nci +operator +active +\S+Z +\d{4}-\d\d-\d\d\n$`).MatchString(listed) || strings.Contains(listed, secret) {
		t.Errorf("listed\n%s", listed)
	}
	refuses(t, `access token "ci" still lets somebody in (revoke it first)`, "token", "delete", "ci", "--data-dir", dir)
	prints(t, "revoked access token ci\n", "token", "revoke", "ci", "--data-dir", dir)
	prints(t, "", "token", "delete", "ci", "--data-dir", dir)
	prints(t, "NAME  ROLE  STATUS  EXPIRES  LAST USED\n", "token", "list", "--data-dir", dir)
	refuses(t, `--role must be one of "viewer","operator","approver","administrator" but got "root"`, "token", "create", "--name", "x", "--role", "root", "--data-dir", dir)
}
