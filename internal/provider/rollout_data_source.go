package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newRolloutDataSource() datasource.DataSource { return &rolloutDataSource{} }

type rolloutDataSource struct{ configuredDataSource }

func (d *rolloutDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_rollout"
}

func (d *rolloutDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := rolloutCounts()
	for name, list := range rolloutLists() {
		attributes[name] = list
	}
	attributes["root_certificate_id"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the root certificate.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Where the replacement of a root certificate stands: who has the new certificate, who has not and why, what keeps the gate closed, " +
			"who would be cut off, and how earlier replacements ended. It is read from what devices have stated; nothing is asked.",
		Attributes: attributes,
	}
}

func rolloutCounts() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name":             textOut("Name of the root certificate."),
		"phase":            textOut("`active`, `distributing`, `activating`, `retiring` or `rolling_back`."),
		"next_step":        textOut("The verb that leads on: `finalize`, `activate_child`, `complete_activation`, `retire`, `restore_child` or `restore`. Null when nothing is open."),
		"halted":           boolOut("Whether activation stopped at a failure."),
		"started_at":       textOut("When the replacement was staged, RFC 3339 in UTC. Null when nothing is open."),
		"started_by":       textOut("Who staged it."),
		"from_fingerprint": textOut("SHA-256 of the old certificate."),
		"to_fingerprint":   textOut("SHA-256 of the new certificate. Null when nothing is open."),
		"expected":         numberOut("Devices whose latest statement holds the old certificate, those apart that are waived."),
		"received":         numberOut("Those of them that hold the new one too."),
		"percent_received": numberOut("The share of them in percent, rounded down."),
		"trusts_new":       numberOut("Devices that hold the new certificate."),
		"holds_new_leaf":   numberOut("Devices with a certificate issued by the new root."),
		"serves_new":       numberOut("Connectors that were seen to hold one."),
		"children_left":    numberOut("Certificates that are still to be issued again or put in place."),
		"forced":           textOut("Why a closed gate was passed. Null when it was not."),
		"message":          textOut("The same in a sentence, such as `4 of 5 agents received the new certificate`."),
		"classes": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Every device the replacement concerns, in exactly one class.",
			Attributes: map[string]schema.Attribute{
				"received": numberOut("It states that the new certificate is installed."), "pending": numberOut("It answers, and has not got there yet."),
				"failed": numberOut("It answers, and could not install the new certificate."), "silent": numberOut("It was last seen longer ago than `silent_after`."),
				"never_reported": numberOut("Nothing was ever heard of it."), "waived": numberOut("Somebody named it and said why it does not count."),
			},
		},
	}
}

func rolloutLists() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"laggards": listOut("The first devices without the new certificate, by name.", map[string]schema.Attribute{
			"device_id": textOut("Id of the device."), "name": textOut("Name of the device."), "class": textOut("Class of the device."),
			"reason": textOut("Why it could not install the certificate."), "last_seen": textOut("When it was last heard of, RFC 3339 in UTC."),
		}),
		"gateways": listOut("Internet gateways of the profiles that name the root.", map[string]schema.Attribute{
			"name": textOut("Name of the gateway."), "refreshed": boolOut("Whether it was refreshed since it had to be."), "required": boolOut("Whether somebody has to refresh it by hand."),
		}),
		"violations": listOut("What is unmet for the next step.", map[string]schema.Attribute{
			"code": textOut("Stable name of the condition."), "message": textOut("The condition in a sentence."),
			"devices": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Names it is about."}, "mitigation": textOut("What to do."),
		}),
		"would_cut_off": listOut("Connections that would fail if the replacement went on now.", map[string]schema.Attribute{
			"from": textOut("Who serves."), "to": textOut("Who would not verify it; one that stands for all that are alike."), "reason": textOut("Why it would not."),
		}),
		"failures": listOut("Actions of the activation that failed.", map[string]schema.Attribute{
			"child": textOut("Name of the certificate."), "connector": textOut("Name of the connector. Null when issuing failed."), "step": textOut("`issue` or `push`."), "error": textOut("What happened."),
		}),
		"history": listOut("How earlier replacements ended, oldest first.", map[string]schema.Attribute{
			"outcome": textOut("`completed`, `cancelled` or `rolled_back`."), "from_fingerprint": textOut("SHA-256 of the old certificate."), "to_fingerprint": textOut("SHA-256 of the new one."),
			"started_at": textOut("When it was staged."), "started_by": textOut("Who staged it."), "ended_at": textOut("When it ended."), "ended_by": textOut("Who ended it."),
			"expected": numberOut("As last counted."), "received": numberOut("As last counted."), "forced": textOut("Why a closed gate was passed."), "because": textOut("Why it was rolled back."),
		}),
	}
}

func listOut(text string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{Computed: true, MarkdownDescription: text, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}

func (d *rolloutDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m rolloutModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	rollout, err := d.Rollout(ctx, m.RootCertificateID.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot tell the rollout of root certificate "+m.RootCertificateID.ValueString(), err)
		return
	}
	m.show(rollout)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
