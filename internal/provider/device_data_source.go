package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newDeviceDataSource() datasource.DataSource { return &deviceDataSource{} }

func newDevicesDataSource() datasource.DataSource { return &devicesDataSource{} }

type (
	deviceDataSource  struct{ configuredDataSource }
	devicesDataSource struct{ configuredDataSource }
)

// deviceFacts is a device as data sources show it.
type deviceFacts struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	CertSync     types.String `tfsdk:"cert_sync"`
	DataCenter   types.String `tfsdk:"data_center"`
	Group        types.String `tfsdk:"group"`
	Vendor       types.String `tfsdk:"vendor"`
	Local        *localModel  `tfsdk:"local"`
	SSH          *sshModel    `tfsdk:"ssh"`
	Agent        *agentModel  `tfsdk:"agent"`
	Status       types.String `tfsdk:"status"`
	StatusDetail types.String `tfsdk:"status_detail"`

	CommunicationProfileID types.String `tfsdk:"communication_profile_id"`
	Critical               types.Bool   `tfsdk:"critical"`
	TrustDigest            types.String `tfsdk:"trust_digest"`
	TrustFailure           types.String `tfsdk:"trust_failure"`
	LastSeen               types.String `tfsdk:"last_seen"`
}

// deviceInspection is one device with all that can be found out about it.
type deviceInspection struct {
	deviceFacts
	StatusLog   []deviceCheckModel `tfsdk:"status_log"`
	AgentStatus *agentStatusModel  `tfsdk:"agent_status"`
}

type deviceCheckModel struct {
	Check     types.String `tfsdk:"check"`
	Status    types.String `tfsdk:"status"`
	Detail    types.String `tfsdk:"detail"`
	CheckedAt types.String `tfsdk:"checked_at"`
}

type devicesModel struct {
	CertSync types.String  `tfsdk:"cert_sync"`
	Devices  []deviceFacts `tfsdk:"devices"`
}

func deviceFactsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": textOut("Id of the device."), "name": textOut("Name of the device."),
		"cert_sync": textOut("How it is treated: `managed`, `monitored` or `ignored`."),
		"local": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The folder it is reached through.",
			Attributes: map[string]schema.Attribute{"root_directory": textOut("Folder that stands for the root of its file system.")},
		},
		"data_center": textOut("Where it stands."), "group": textOut("What it belongs to."), "vendor": textOut("What serves its certificates."),
		"ssh": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The account it is reached through.", Attributes: sshFactsAttributes(),
		},
		"agent": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Not null when an agent runs on it.", Attributes: map[string]schema.Attribute{},
		},
		"status":        textOut("`managed`, `monitored` or `ignored` when it answers, `failed` when it does not, `unresolved` when its name has no address."),
		"status_detail": textOut("Why it does not answer."),

		"communication_profile_id": textOut("Id of its communication profile, null when it has none."),
		"critical":                 boolOut("Whether no replacement of a root certificate goes on without it."),
		"trust_digest":             textOut("SHA-256 of the trust bundle it stated to have last, lower-case hex; `foreign` when its profile never published that."),
		"trust_failure":            textOut("Why it could not install the bundle of its profile, when it was told last."),
		"last_seen":                textOut("When it stated last what it trusts, RFC 3339 in UTC."),
	}
}

func sshFactsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"host": textOut("Name or address."), "port": schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of its SSH server."},
		"credential_id": textOut("Id of the credential that opens it."), "host_key": textOut("Key its SSH server proves itself by."),
		"host_key_policy": textOut("`pinned` or `trust_on_first_use`."), "sudo": boolOut("Whether everything is done as root."),
		"jump_host": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The SSH server that the connection goes through.",
			Attributes: map[string]schema.Attribute{
				"host": textOut("Name or address."), "port": schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of its SSH server."},
				"credential_id": textOut("Id of the credential that opens it."), "host_key": textOut("Key it proves itself by."),
			},
		},
	}
}

func (d *deviceDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_device"
}

func (d *deviceDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := deviceFactsAttributes()
	for name, attribute := range lookupAttributes("device") {
		attributes[name] = attribute
	}
	attributes["status_log"] = schema.ListNestedAttribute{
		Computed: true, MarkdownDescription: "What was found out when the data source was read, check by check.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"check":      textOut("`communication`: whether it answers; `version`: of what serves its certificates; `instance`: which machine it is; `discovery`: what its connectors hold."),
			"status":     textOut("`passed`, `failed`, or `skipped` when nobody may look or an earlier check failed."),
			"detail":     textOut("What was found, or what is wrong."),
			"checked_at": textOut("When, RFC 3339 in UTC."),
		}},
	}
	attributes["agent_status"] = schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "How its agent is; null without one.", Attributes: agentStatusAttributes(),
	}
	resp.Schema = schema.Schema{MarkdownDescription: "One device, found by id or name, and all that can be found out about it now.", Attributes: attributes}
}

func (d *deviceDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted deviceInspection
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := reference(wanted.ID, wanted.Name)
	device, err := d.InspectDevice(ctx, ref)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read device "+ref, err)
		return
	}
	found := deviceInspection{deviceFacts: deviceFactsOf(device), StatusLog: []deviceCheckModel{}}
	for _, c := range device.StatusLog {
		found.StatusLog = append(found.StatusLog, deviceCheckModel{types.StringValue(c.Check), types.StringValue(c.Status), optional(c.Detail), timestamp(c.CheckedAt)})
	}
	if found.AgentStatus, err = d.agentStatus(ctx, device); err != nil {
		addError(&resp.Diagnostics, "Cannot read the agent of device "+device.Name, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
}

func deviceFactsOf(d api.Device) deviceFacts {
	f := deviceFacts{
		ID: types.StringValue(d.ID), Name: types.StringValue(d.Name), CertSync: types.StringValue(d.CertSync),
		Status: types.StringValue(d.Status), StatusDetail: optional(d.StatusDetail),
		CommunicationProfileID: optional(d.CommunicationProfileID), Critical: types.BoolValue(d.Critical),
	}
	f.DataCenter, f.Group, f.Vendor = optional(d.DataCenter), optional(d.Group), types.StringValue(d.Vendor)
	f.SSH, f.Agent = sshState(d.SSH), agentState(d.Agent)
	if d.Trust != nil {
		f.TrustDigest, f.TrustFailure = optional(d.Trust.Receipt.Digest), optional(d.Trust.Receipt.Failure)
		f.LastSeen = moment(d.Trust.Receipt.LastSeen)
	}
	if d.Local != nil {
		f.Local = &localModel{RootDirectory: types.StringValue(d.Local.RootDirectory)}
	}
	return f
}

func (d *devicesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_devices"
}

func (d *devicesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The devices of the estate, by name, and whether each answers now.",
		Attributes: map[string]schema.Attribute{
			"cert_sync": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("managed", "monitored", "ignored")},
				MarkdownDescription: "Only those treated so: `managed`, `monitored` or `ignored`.",
			},
			"devices": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "What was found.",
				NestedObject: schema.NestedAttributeObject{Attributes: deviceFactsAttributes()},
			},
		},
	}
}

func (d *devicesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m devicesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := d.Client.Devices(ctx)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot list devices", err)
		return
	}
	m.Devices = []deviceFacts{}
	for _, device := range all {
		if !m.CertSync.IsNull() && device.CertSync != m.CertSync.ValueString() {
			continue
		}
		seen, err := d.ObserveDevice(ctx, device.ID)
		if err != nil {
			addError(&resp.Diagnostics, "Cannot read device "+device.Name, err)
			return
		}
		m.Devices = append(m.Devices, deviceFactsOf(seen))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
