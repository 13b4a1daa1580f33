package provider

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// Embedded opens the estate the settings name and returns the way to its API. main.go
// injects it, so that this package need not know what a backend is made of.
type Embedded func(ctx context.Context, s Settings) (http.RoundTripper, error)

// New makes the constructor the plugin server wants.
func New(version string, embedded Embedded) func() provider.Provider {
	return func() provider.Provider { return &clmProvider{version: version, embedded: embedded} }
}

type clmProvider struct {
	version  string
	embedded Embedded
	session  atomic.Pointer[session] // nil until it is configured
}

// session is what a configured provider hands to everything it offers.
type session struct {
	*client.Client
	// issuing holds the ids of certificates this process has planned a new
	// version for, so that the plans of their connectors, which come later, show
	// the push that follows.
	issuing *sync.Map
	// replacing holds, likewise, the ids of root certificates whose children this
	// process may issue again.
	replacing *sync.Map
	// overridden holds, likewise, the names of connectors that an open replacement
	// is to go on without.
	overridden *sync.Map
	// reaching holds, likewise, the ids of devices about to be served.
	reaching *sync.Map
	// made holds the ids of what this process has created, or found when it asked
	// for what exists in all detail.
	made *sync.Map
}

// isMade tells whether the thing to destroy is what took its place: with
// create_before_destroy, a replacement of equal content is the thing itself.
func (s *session) isMade(id types.String) bool {
	_, made := s.made.Load(id.ValueString())
	return made
}

// isReplaced tells whether a root certificate is to be replaced in this apply,
// which comes first and may issue what it has issued again.
func (s *session) isReplaced(rootID types.String) bool {
	_, replaced := s.replacing.Load(rootID.ValueString())
	return replaced
}

var (
	_ provider.ProviderWithEphemeralResources = (*clmProvider)(nil)
	_ provider.ProviderWithFunctions          = (*clmProvider)(nil)
	_ provider.ProviderWithActions            = (*clmProvider)(nil)
)

func (p *clmProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "clm", p.version
}

func (p *clmProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The `clm` provider manages the life of a certificate estate: root certificates, the certificates they issue, " +
			"the devices that hold them and the connectors that keep each device's files what they should be. " +
			"Without any setting it runs on an embedded backend that keeps the estate in `.clm/` beside the configuration; " +
			"with an `endpoint` it works with a server that a team shares.",
		Attributes: settingsSchema(),
	}
}

func (p *clmProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	settings, diags := readSettings(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	backend := p.connect(ctx, settings, &resp.Diagnostics)
	if backend == nil {
		return
	}
	s := &session{
		Client:  backend,
		issuing: &sync.Map{}, replacing: &sync.Map{}, overridden: &sync.Map{}, reaching: &sync.Map{}, made: &sync.Map{},
	}
	p.session.Store(s)
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ActionData = s, s, s, s
}

// connect is a client of the backend the settings name; nil when there is none to be had.
func (p *clmProvider) connect(ctx context.Context, settings Settings, diags *diag.Diagnostics) *client.Client {
	options := client.Options{Endpoint: "http://embedded", Scope: settings.scope(), UserAgent: "terraform-provider-clm/" + p.version}
	if settings.isRemote() {
		return settings.reach(ctx, options, diags)
	}
	var err error
	if options.Transport, err = p.embedded(ctx, settings); err != nil {
		addEstateError(diags, settings, err)
		return nil
	}
	return client.New(options)
}

func (p *clmProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newRootCertificateResource,
		newDeviceResource,
		newCertificateResource,
		newConnectorResource,
		newCommunicationProfileResource,
		newInternetGatewayResource,
		newApprovalPolicyResource,
		newWorkOrderApprovalResource,
		newCredentialResource,
	}
}

func (p *clmProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newCertificateDataSource,
		newCertificatesDataSource,
		newDeviceDataSource,
		newDevicesDataSource,
		newSyncStatusDataSource,
		newRolloutDataSource,
		newPushValidationReportDataSource,
		newTopologyDataSource,
		newWorkOrderDataSource,
		newWorkOrdersDataSource,
		newRevocationListDataSource,
		newRootDataSource,
		newAgentsDataSource,
	}
}

func (p *clmProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		newPrivateKeyEphemeral,
		newCertificateBundleEphemeral,
		newEnrolmentTokenEphemeral,
	}
}

func (p *clmProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		newFinalizeAction,
		newCancelAction,
		newRollBackAction,
		newRetryAction,
		newOverrideAction,
		newPushAction, newRollBackPushAction,
		newApproveAction,
		newRejectAction,
		newImplementAction,
		newCancelWorkOrderAction,
		newRefreshGatewayAction,
		newRevokeAction, newReleaseAction,
		newRevokeAgentAction, newRenewAgentsAction,
	}
}

func (p *clmProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newParseCertificateFunction,
		newSplitChainFunction,
		newFingerprintFunction,
		newStatusColorFunction,
	}
}
