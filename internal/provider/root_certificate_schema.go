package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func (r *rootResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := rootSources()
	for name, attribute := range rootResults() {
		attributes[name] = attribute
	}
	attributes["id"], attributes["name"] = idAttribute("root certificate"), nameAttribute("root certificate")
	attributes["deletion_protection"] = schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether destroying the root is refused. Default: `true`. Set it to `false` and apply before destroying.",
	}
	attributes["replacement"] = replacementAttribute()
	attributes["timeouts"] = timeouts.Attributes(ctx, timeouts.Opts{Update: true})
	resp.Schema = schema.Schema{
		MarkdownDescription: "A named trust anchor: a slot that holds one active root certificate. The slot's `id` outlives the certificate in it. " +
			"Give exactly one source: `pfx_file`, `pfx_base64_wo`, `certificate_pem` or `self_signed`.\n\n" +
			"Another certificate is an update in place that stages a replacement: the devices of every communication profile that names the root are told to trust both, " +
			"then, once the gate is met, each certificate the root issued is issued again and put in place, and the old root is retired when nothing needs it any more. " +
			"Setting the old certificate back cancels, or rolls back what was done. An apply waits for devices as long as `timeouts.update` says (default: one minute), " +
			"then succeeds with a warning; the next plan shows an update as soon as something can go on.",
		Attributes: attributes,
	}
}

func rootSources() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"pfx_file": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Path of a PKCS#12 file (PFX) with the certificate and its private key. Its SHA-256 is tracked; its content never enters state.",
		},
		"pfx_base64_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("pfx_wo_version"))},
			MarkdownDescription: "A PKCS#12 file in base64. Write-only: it never enters state; raise `pfx_wo_version` when it changes.",
		},
		"pfx_wo_version": versionAttribute("pfx_base64_wo", int64validator.AlsoRequires(path.MatchRoot("pfx_base64_wo"))),
		"pfx_password_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("certificate_pem"), path.MatchRoot("self_signed"))},
			MarkdownDescription: "Password of the PFX. Write-only; raise `pfx_password_wo_version` when it changes.",
		},
		"pfx_password_wo_version": versionAttribute("pfx_password_wo"),
		"certificate_pem": schema.StringAttribute{
			CustomType: pemType{}, Optional: true, Computed: true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "The certificate in PEM. Set it to import a root; read it whatever the source.",
		},
		"private_key_pem_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			Validators: []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("certificate_pem"), path.MatchRoot("private_key_pem_wo_version"))},
			MarkdownDescription: "Private key of `certificate_pem` in PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted). Without it the root is trusted but signs nothing. " +
				"Write-only; raise `private_key_pem_wo_version` when it changes.",
		},
		"private_key_pem_wo_version": versionAttribute("private_key_pem_wo"),
		"self_signed": schema.SingleNestedAttribute{
			Optional: true, Attributes: selfSignedAttributes(),
			MarkdownDescription: "Makes a new self-signed root. Its private key is made in the backend and never leaves it.",
		},
	}
}

func versionAttribute(of string, also ...validator.Int64) schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true, Validators: append(also, int64validator.AtLeast(1)),
		MarkdownDescription: "Version of `" + of + "`, a number you raise when it changes: a write-only value cannot be compared.",
	}
}

// maxValidityHours is the backend's bound: 100 years.
const maxValidityHours = 100 * 366 * 24

func selfSignedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"subject": schema.SingleNestedAttribute{
			Required: true, Attributes: subjectAttributes(true),
			MarkdownDescription: "Subject of the root.",
		},
		"key_algorithm": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf("RSA", "ECDSA", "ED25519")},
			MarkdownDescription: "`RSA`, `ECDSA` or `ED25519`. Default: `ECDSA`.",
		},
		"rsa_bits": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(2048, 8192)},
			MarkdownDescription: "Bits of an RSA key, 2048 to 8192. Default: 2048.",
		},
		"ecdsa_curve": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf("P256", "P384", "P521")},
			MarkdownDescription: "Curve of an ECDSA key: `P256`, `P384` or `P521`. Default: `P256`.",
		},
		"validity_period_hours": schema.Int64Attribute{
			Required: true, Validators: []validator.Int64{int64validator.Between(1, maxValidityHours)},
			MarkdownDescription: "Hours from its making until it expires, at most 100 years.",
		},
		"max_path_length": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 16)},
			MarkdownDescription: "How many CA certificates may follow below it (RFC 5280, 4.2.1.9). Default: no limit.",
		},
	}
}

func rootResults() map[string]schema.Attribute {
	results := map[string]schema.Attribute{}
	for name, text := range map[string]string{
		"pfx_file_sha256":       "SHA-256 of the PFX file, lower-case hex.",
		"certificate_chain_pem": "CA certificates above the root in PEM, nearest first; empty for a self-signed root.",
		"serial_number":         "Serial number, lower-case hex.",
		"fingerprint_sha256":    "SHA-256 of the certificate, lower-case hex.",
		"validity_start_time":   "When it becomes valid, RFC 3339 in UTC.",
		"validity_end_time":     "When it expires, RFC 3339 in UTC.",
		"key_algorithm":         "Algorithm of its key: `RSA`, `ECDSA` or `ED25519`.",
	} {
		results[name] = schema.StringAttribute{
			Computed: true, MarkdownDescription: text,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	results["can_sign"] = boolResult("Whether the private key that signs now is held in the estate, so that it can issue certificates.")
	results["state"] = textResult("Where the slot stands: `active`, or while its certificate is being replaced `distributing`, `activating`, `retiring` or `rolling_back`.")
	results["in_use_certificate_pem"] = textResult("The certificate that signs now, in PEM: the old one until the replacement is finalized.")
	results["in_use_fingerprint_sha256"] = textResult("SHA-256 of the certificate that signs now, lower-case hex.")
	results["advance_pending"] = boolResult("Whether an open replacement could go on now. A plan that finds it `true` shows an update.")
	return results
}

func (r *rootResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(
			path.MatchRoot("pfx_file"), path.MatchRoot("pfx_base64_wo"), path.MatchRoot("certificate_pem"), path.MatchRoot("self_signed"),
		),
	}
}
