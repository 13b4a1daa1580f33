package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ValidateConfig refuses what no issuer would sign. The backend says the same
// when planning, but can be asked only once every input is known; an issuer that
// is made in the same apply is not.
func (r *certificateResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.checkRequest(ctx, &resp.Diagnostics)
	m.checkKey(&resp.Diagnostics)
	m.checkWindow(&resp.Diagnostics)
}

func (m certificateModel) checkRequest(ctx context.Context, diags *diag.Diagnostics) {
	subject, _ := known[leafSubjectModel](ctx, m.Subject, diags)
	now := time.Now()
	request := pki.LeafRequest{
		Subject:      subject.named(m.CommonName).pki(),
		Names:        pki.Names{DNS: knownMembers(m.DNSNames), IPs: knownMembers(m.IPAddresses), Emails: knownMembers(m.EmailAddresses), URIs: knownMembers(m.URIs)},
		ExtKeyUsages: knownMembers(m.ExtKeyUsages),
		NotBefore:    now, NotAfter: now.Add(time.Hour),
	}
	if request.Subject.CommonName == "" && request.Names.IsEmpty() && m.isNamed() {
		request.Subject.CommonName = "not known yet"
	}
	addInputError(diags, request.Check())
}

// isNamed tells whether there is a name of any kind, perhaps not known yet.
func (m certificateModel) isNamed() bool {
	names := []attr.Value{m.CommonName, m.DNSNames, m.IPAddresses, m.EmailAddresses, m.URIs}
	return slices.ContainsFunc(names, func(v attr.Value) bool { return !v.IsNull() })
}

// isGiven tells whether the configuration says a value that is known by now.
func isGiven(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

func (m certificateModel) checkKey(diags *diag.Diagnostics) {
	if m.KeyAlgorithm.IsUnknown() || m.RSABits.IsUnknown() || m.ECDSACurve.IsUnknown() {
		return
	}
	key := pki.KeySpec{Algorithm: m.KeyAlgorithm.ValueString(), RSABits: int(m.RSABits.ValueInt64()), Curve: m.ECDSACurve.ValueString()}
	addInputError(diags, key.WithDefaults().Check())
}

func (m certificateModel) checkWindow(diags *diag.Diagnostics) {
	if isGiven(m.EarlyRenewalHours) && isGiven(m.EarlyRenewalPercent) {
		diags.AddAttributeError(path.Root("early_renewal_hours"), "Two renewal windows",
			"early_renewal_hours and early_renewal_percent both say when to renew. Remove one.")
	}
	early, validity := m.EarlyRenewalHours.ValueInt64(), m.ValidityPeriodHours.ValueInt64()
	if early == 0 || m.ValidityPeriodHours.IsNull() || m.ValidityPeriodHours.IsUnknown() || early < validity {
		return
	}
	diags.AddAttributeError(path.Root("early_renewal_hours"), "The renewal window is as long as the validity",
		fmt.Sprintf("Renewing %d hours early is not shorter than the validity of %d hours: every certificate would be due for renewal the moment it is issued. "+
			"Shorten early_renewal_hours.", early, validity))
}

// addInputError puts what package pki found wrong where it stands.
func addInputError(diags *diag.Diagnostics, err error) {
	var trouble *pki.Error
	if !errors.As(err, &trouble) {
		return
	}
	addError(diags, "Nobody could issue this certificate", api.NewProblem(api.CodeInvalid, trouble.Field, trouble.Message, trouble.Hint), certificateAttributes...)
}

// knownMembers are the members of a set that do not wait for the apply.
func knownMembers(set types.Set) []string {
	var values []string
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok && !text.IsNull() && !text.IsUnknown() {
			values = append(values, text.ValueString())
		}
	}
	return values
}
