package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *certificateResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id":       idAttribute("certificate"),
		"name":     nameAttribute("certificate"),
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{Create: true, Update: true}),
	}
	for _, group := range []map[string]schema.Attribute{certificateSubject(), certificateKey(), certificateLife(), certificateResults()} {
		for name, attribute := range group {
			attributes[name] = attribute
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A named lineage of leaf certificates. Renewing it, giving it a new key or other names adds a version in place: " +
			"its `id` stays, and nothing that refers to it is replaced. Its private key is made in the backend and never enters state; " +
			"connectors put it on devices, and the ephemeral resources `clm_private_key` and `clm_certificate_bundle` hand it out.",
		Attributes: attributes,
	}
}

func certificateSubject() map[string]schema.Attribute {
	names := func(text string) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: text,
			Validators: []validator.Set{setvalidator.SizeAtLeast(1)},
		}
	}
	return map[string]schema.Attribute{
		"issuer_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "Id of the root certificate that signs. A change enrols anew under the other issuer, in place.",
		},
		"common_name": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Common name (CN), at most 64 characters. Clients match `dns_names`, not this. A change enrols anew, in place.",
		},
		"subject": schema.SingleNestedAttribute{
			Optional: true, Attributes: subjectAttributes(false),
			MarkdownDescription: "The rest of the subject. A change enrols anew, in place.",
		},
		"dns_names":       names("DNS names, a leading `*.` label allowed. A change enrols anew, in place."),
		"ip_addresses":    names("IPv4 and IPv6 addresses. A change enrols anew, in place."),
		"email_addresses": names("E-mail addresses. A change enrols anew, in place."),
		"uris":            names("URIs, such as SPIFFE ids. A change enrols anew, in place."),
		"ext_key_usages": schema.SetAttribute{
			Optional: true, Computed: true, ElementType: types.StringType, Default: defaultUsages(),
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Extended key usages in lower_snake_case (RFC 5280, 4.2.1.12). Default: `server_auth` and `client_auth`.",
		},
	}
}

// certificateKey has no validators: which of these go together is ValidateConfig's
// to say.
func certificateKey() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key_algorithm": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("ECDSA"),
			MarkdownDescription: "`RSA`, `ECDSA` or `ED25519`. Default: `ECDSA`. A change makes a new key, in place.",
		},
		"rsa_bits": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Bits of an RSA key, 2048 to 8192. Default: 2048. A change makes a new key, in place.",
		},
		"ecdsa_curve": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Curve of an ECDSA key: `P256`, `P384` or `P521`. Default: `P256`. A change makes a new key, in place.",
		},
	}
}

func certificateLife() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"validity_period_hours": schema.Int64Attribute{
			Required: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "Hours a version is valid. It must not outlive its issuer. A change takes effect with the next version.",
		},
		"early_renewal_hours": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "How many hours before its end a version is renewed, by the first apply in that time. Default: it is renewed once it has expired. " +
				"Changing it issues nothing, unless the present moment then lies in the window.",
		},
		"early_renewal_percent": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(1, 99)},
			MarkdownDescription: "The same as a share of the validity, 1 to 99: 33 renews in the last third.",
		},
		"renewal_trigger": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Any text; a change of it renews now: same key, new validity.",
		},
		"regeneration_trigger": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Any text; a change of it makes a new key now.",
		},
		"revoke_on_destroy": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether destroying the certificate revokes every version that could still be used. Default: `false`.",
		},
		"revocation_reason": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("unspecified"),
			Validators:          []validator.String{stringvalidator.OneOf(lastingReasons...)},
			MarkdownDescription: "Why destroying it revokes (RFC 5280, 5.3.1, in lower_snake_case). Default: `unspecified`.",
		},
	}
}

func certificateResults() map[string]schema.Attribute {
	results := map[string]schema.Attribute{
		"version": int64Result("Number of the current version, from 1."),
		"ready_for_renewal": boolResult("Whether the current version lies in its renewal window. Refreshed by every plan; " +
			"a plan that finds it `true` shows the renewal."),
	}
	for name, text := range map[string]string{
		"status":                "`issued`, `on_hold`, `expired` or `revoked`.",
		"certificate_pem":       "The current certificate in PEM.",
		"certificate_chain_pem": "The CA certificates above it in PEM, its issuer first, the root last.",
		"serial_number":         "Serial number, lower-case hex.",
		"fingerprint_sha256":    "SHA-256 of the certificate, lower-case hex.",
		"validity_start_time":   "When it becomes valid, RFC 3339 in UTC.",
		"validity_end_time":     "When it expires, RFC 3339 in UTC.",
	} {
		results[name] = textResult(text)
	}
	return results
}
