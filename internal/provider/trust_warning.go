package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// addTrustWarning tells that devices are behind although the apply succeeded.
func addTrustWarning(diags *diag.Diagnostics, troubles ...api.DeviceTrouble) {
	var behind []string
	for _, t := range troubles {
		if t.Code != "" {
			behind = append(behind, "- "+t.Device+": "+t.Detail)
		}
	}
	if len(behind) == 0 {
		return
	}
	diags.AddWarning("Not every device trusts the new bundle yet",
		strings.Join(behind, "\n")+"\n\nThe next plan shows an update as soon as a device can be told.")
}

// addTrustTrouble is for the apply of one device, whose own doing it is when it
// answers and the bundle cannot be put there all the same.
func addTrustTrouble(diags *diag.Diagnostics, trouble api.DeviceTrouble) {
	switch trouble.Code {
	case "", api.CodeUnreachable, api.CodeRefused:
		addTrustWarning(diags, trouble)
	default:
		diags.AddError("Cannot put the trust bundle on device "+trouble.Device, sentence(trouble.Detail)+
			"\n\nThe device is recorded. Apply again once the cause is gone.")
	}
}
