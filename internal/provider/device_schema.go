package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func (r *deviceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A machine that receives certificates, trusts what a communication profile publishes, or both. With a profile, creating it puts the " +
			"profile's trust bundle there; a plan looks at what the device really has and shows an update when telling it again would put it right. " +
			"A device that stops answering never fails a plan.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("device"),
			"name": nameAttribute("device"),
			"cert_sync": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("managed"),
				Validators: []validator.String{stringvalidator.OneOf("managed", "monitored", "ignored")},
				MarkdownDescription: "How the device is treated: `managed` devices are read and written, `monitored` ones only read, " +
					"`ignored` ones left alone. Default: `managed`.",
			},
			"communication_profile_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Id of the communication profile whose trust bundle the device keeps. Without it the device trusts nobody by us; " +
					"what lies on a device that leaves its profile stays there.",
			},
			"critical": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether no replacement of a root certificate goes on before this device trusts the new one. Default: `false`.",
			},
			"trust_pending": boolResult("Whether the device answers and telling it what its profile publishes would change something. A plan that finds it `true` shows an update."),
			"trust_digest":  textResult("SHA-256 of the trust bundle the device stated to have last, lower-case hex; `foreign` when its profile never published that; null when it stated none."),
			"data_center":   labelAttribute("Where the device stands, such as `fra1`."),
			"group":         labelAttribute("What the device belongs to, such as `edge`."),
			"vendor": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("generic"),
				Validators: []validator.String{stringvalidator.OneOf("apache", "dovecot", "generic", "haproxy", "nginx", "postfix", "postgresql", "tomcat")},
				MarkdownDescription: "What serves the device's certificates. It presets the command that checks the configuration and has a new certificate taken in after a push, " +
					"unless the connector has a `post_script`: `apache`, `dovecot`, `haproxy`, `nginx`, `postfix`, `postgresql` and `tomcat`, which is restarted while the others reload; `generic` runs nothing. Default: `generic`.",
			},
			"ssh": schema.SingleNestedAttribute{
				Optional: true, Attributes: sshAttributes(),
				MarkdownDescription: "Reaches the device through an account of its OpenSSH server. Directories of its connectors are absolute paths.",
			},
			"agent": schema.SingleNestedAttribute{
				Optional: true, Attributes: map[string]schema.Attribute{},
				MarkdownDescription: "Reaches the device through an agent that runs on it and comes to the server: `agent = {}`. It needs a `communication_profile_id` of a " +
					"profile that trusts the root certificate `clm-server` of the server, and a `clm_enrolment_token` to enrol once. `data.clm_device` tells how the agent is.",
			},
			"local": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Reaches the device through a folder of the machine the backend runs on.",
				Attributes: map[string]schema.Attribute{
					"root_directory": schema.StringAttribute{
						Required:   true,
						Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
						MarkdownDescription: "Folder that stands for the root of the device's file system. It must exist; nothing outside it is ever touched. " +
							"A relative path counts from the working directory: use an absolute one where several configurations share an estate.",
					},
				},
			},
		},
	}
}

func labelAttribute(text string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 128)}, MarkdownDescription: text}
}

func (r *deviceResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(path.MatchRoot("local"), path.MatchRoot("ssh"), path.MatchRoot("agent"))}
}

func idAttribute(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "Id of the " + noun + ", stable for its whole life.",
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func nameAttribute(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{nameValidator},
		MarkdownDescription: "Name of the " + noun + ", unique in the estate: 1 to 128 letters, digits, spaces or `. _ @ -`. It can be changed in place.",
	}
}
