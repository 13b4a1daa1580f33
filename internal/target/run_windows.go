package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// run is refused: hooks are scripts of /bin/sh.
func (l *local) run(context.Context, clm.Script) (clm.ScriptResult, error) {
	return clm.ScriptResult{}, clm.Errorf(clm.KindFailed, "device %q: the script did not begin: this machine runs Windows", l.device).
		WithHint("scripts of local devices need /bin/sh; reach the device through SSH")
}
