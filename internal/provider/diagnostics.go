package provider

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// addError turns an error into a diagnostic: the summary says what was tried,
// the detail what happened and what to do. A problem that names an input becomes
// an error of that attribute, as long as the resource has it.
func addError(diags *diag.Diagnostics, tried string, err error, attributes ...string) {
	var p *api.Problem
	if !errors.As(err, &p) && errors.Is(err, context.DeadlineExceeded) {
		diags.AddError(tried, "The time for it was over before it was done.\n\nGive it more in timeouts, or see what keeps the backend busy.")
		return
	}
	if !errors.As(err, &p) {
		diags.AddError(tried, sentence(err.Error()))
		return
	}
	if at, ok := attributePath(p.Field, attributes); ok {
		diags.AddAttributeError(at, tried, located(at, problemText(p)))
		return
	}
	diags.AddError(tried, problemText(p))
}

// located says where an input stands below an attribute: Terraform 1.11 and
// OpenTofu show no more of such a place than the line of the resource.
func located(at path.Path, text string) string {
	if len(at.Steps()) < 2 {
		return text
	}
	return at.String() + ": " + text
}

// addErrorAt is addError where one input alone decides what is asked for.
func addErrorAt(diags *diag.Diagnostics, at path.Path, tried string, err error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		addError(diags, tried, err)
		return
	}
	diags.AddAttributeError(at, tried, problemText(p))
}

func problemText(p *api.Problem) string {
	text := sentence(p.Detail)
	if p.Hint != "" {
		text += "\n\n" + sentence(p.Hint)
	}
	return text
}

// attributePath is where in the configuration a problem's field stands.
func attributePath(field string, attributes []string) (path.Path, bool) {
	steps := strings.Split(field, ".")
	if field == "subject.common_name" && slices.Contains(attributes, "common_name") {
		steps = []string{"common_name"}
	}
	if !slices.Contains(attributes, steps[0]) {
		return path.Empty(), false
	}
	at := path.Root(steps[0])
	for _, step := range steps[1:] {
		at = at.AtName(step)
	}
	return at, true
}

// sentence gives a message of the backend the form of Terraform's own. The name
// of an attribute stays as it is.
func sentence(text string) string {
	if text == "" {
		return text
	}
	if first, _, _ := strings.Cut(text, " "); !strings.Contains(first, "_") {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// addEstateError says that the embedded backend could not be opened.
func addEstateError(diags *diag.Diagnostics, s Settings, err error) {
	if s.DatabaseURL != "" {
		diags.AddAttributeError(path.Root("database_url"), "Cannot open the estate on PostgreSQL", sentence(err.Error()))
		return
	}
	diags.AddError("Cannot open the estate in "+s.DataDir, sentence(err.Error()))
}

// addUnseenWarning tells that something was done and could not be looked at afterwards.
// As an error it would have what was just made replaced by the next apply.
func addUnseenWarning(diags *diag.Diagnostics, what string, err error) {
	var trouble diag.Diagnostics
	addError(&trouble, "Cannot look at what "+what+" has", err)
	for _, d := range trouble {
		diags.AddWarning(d.Summary(), d.Detail()+"\n\nIt was done all the same. The next plan looks again.")
	}
}

// addPushWarning tells that a device is behind although the apply succeeded.
func addPushWarning(diags *diag.Diagnostics, pushes ...api.PushResult) {
	var behind []string
	for _, p := range pushes {
		if p.Code == "" {
			continue
		}
		behind = append(behind, "- "+p.Device+" (connector "+p.Connector+"): "+p.Detail)
	}
	if len(behind) == 0 {
		return
	}
	diags.AddWarning("Not every device has the certificate yet",
		strings.Join(behind, "\n")+"\n\nThe next plan shows an update as soon as a device can be served.")
}
