package provider

import (
	"context"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *profileResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	interval := durationAttribute("15m", "How often a device that reports by itself asks for news.")
	interval.Validators = []validator.String{someTime{}}
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a set of devices uses to talk: the servers they ask, the root certificates they trust, and where they keep that trust. " +
			"It publishes one trust bundle; each device with this profile gets it, and a change of it reaches every device that answers in the same apply. " +
			"A device that does not answer never fails an apply: the apply warns, and the next plan shows an update of the device as soon as it answers again.",
		Attributes: map[string]schema.Attribute{
			"id":                idAttribute("communication profile"),
			"name":              nameAttribute("communication profile"),
			"check_in_interval": interval,
			"server_urls": textsAttribute("Addresses of the servers the devices ask, in order of preference, such as `https://clm.example.com:8443`. Default: none.",
				listvalidator.ValueStringsAre(httpsAddress{})),
			"root_certificate_ids": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType, Validators: []validator.Set{setvalidator.NoNullValues()},
				Default: setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{})),
				MarkdownDescription: "Ids of the root certificates to trust. While one is being replaced, its old and its new certificate are both in the bundle. " +
					"Default: none; then `additional_certificates_pem` must hold at least one certificate.",
			},
			"additional_certificates_pem": textsAttribute("CA certificates to trust besides, in PEM: of authorities outside the estate, or made known early. Default: none."),
			"trust_store": schema.SingleNestedAttribute{
				Required: true, Attributes: trustStoreAttributes(),
				MarkdownDescription: "Where each device keeps the bundle. All files switch to a new bundle at one instant. " +
					"A change of the directory moves them.",
			},
			"epoch":         int64Result("Number of the published bundle; it rises with every change of it."),
			"bundle_digest": textResult("SHA-256 of the published bundle in PEM, lower-case hex."),
			"timeouts":      timeouts.Attributes(ctx, timeouts.Opts{Create: true, Update: true}),
		},
	}
}

func textsAttribute(text string, also ...validator.List) schema.ListAttribute {
	return schema.ListAttribute{
		Optional: true, Computed: true, ElementType: types.StringType, Validators: append(also, listvalidator.NoNullValues()),
		Default:             listdefault.StaticValue(types.ListValueMust(types.StringType, []attr.Value{})),
		MarkdownDescription: text,
	}
}

const defaultBundleFile = "ca-bundle.pem"

func trustStoreAttributes() map[string]schema.Attribute {
	names := []validator.String{fileNameValidator}
	return map[string]schema.Attribute{
		"directory": schema.StringAttribute{
			Required: true, Validators: []validator.String{directoryValidator},
			MarkdownDescription: "Folder relative to each device's root directory, with forward slashes. Made when it is missing.",
		},
		"bundle_file": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultBundleFile), Validators: names,
			MarkdownDescription: "Name of the file with the certificates in PEM. Default: `" + defaultBundleFile + "`.",
		},
		"java_key_store_file": schema.StringAttribute{
			Optional: true, Validators: names,
			MarkdownDescription: "Name of a Java key store (JKS) with the same certificates, under Java's usual password `changeit`. Default: none.",
		},
		"pkcs12_file": schema.StringAttribute{
			Optional: true, Validators: names,
			MarkdownDescription: "Name of a PKCS#12 trust store with the same certificates, under the password `changeit`. Default: none.",
		},
	}
}

// httpsAddress tells at plan time what the backend would refuse at apply.
type httpsAddress struct{}

func (httpsAddress) Description(context.Context) string {
	return "must be an https address, such as https://clm.example.com:8443"
}

func (v httpsAddress) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v httpsAddress) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isGiven(req.ConfigValue) {
		return
	}
	if u, err := url.Parse(req.ConfigValue.ValueString()); err != nil || u.Scheme != "https" || u.Host == "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not an https address", located(req.Path, req.ConfigValue.String()+" "+v.Description(ctx)+"."))
	}
}
