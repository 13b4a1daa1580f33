package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// BenchmarkPlanOneCertificate is the provider's own share of a plan that finds
// nothing to do: refresh and plan of one certificate, without the CLI.
func BenchmarkPlanOneCertificate(b *testing.B) {
	plan := newPlanning(b)
	for _, step := range []struct {
		name string
		run  func()
	}{{"validate", plan.validate}, {"refresh", plan.refresh}, {"plan", plan.plan}} {
		b.Run(step.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				step.run()
			}
		})
	}
}

// planning is what a CLI does with one certificate that exists already.
type planning struct {
	t      testing.TB
	estate *clmtest.Estate
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
	state  *tfprotov6.DynamicValue
	config *tfprotov6.DynamicValue
	kind   tftypes.Type
}

const certificateType = "clm_certificate"

func newPlanning(t testing.TB) *planning {
	t.Helper()
	estate := clmtest.NewBackend(t)
	issue := enrollingFor(t, estate)
	id := issue("bench")
	server, err := estate.Provider()["clm"]()
	if err != nil {
		t.Fatal(err)
	}
	p := &planning{t: t, estate: estate, server: server}
	p.schema, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p.kind = p.schema.ResourceSchemas[certificateType].ValueType()
	p.configure(server)
	p.adopt(id)
	p.config = p.withoutResults(p.schema.ResourceSchemas[certificateType])
	return p
}

// enrollingFor returns a function that issues a certificate of that name, and its id.
func enrollingFor(t testing.TB, estate *clmtest.Estate) func(name string) string {
	t.Helper()
	root, err := estate.CreateRootCertificate(t.Context(), api.WriteRootCertificate{
		Name: "bench", Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "Bench"}, ValidityPeriodHours: 87600,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(name string) string {
		out, err := estate.CreateCertificate(t.Context(), api.CertificateSpec{
			Name: name, IssuerID: root.ID, Subject: api.Subject{CommonName: name + ".example.com"},
			DNSNames: []string{name + ".example.com"}, ValidityPeriodHours: 2160, EarlyRenewalHours: 720,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Certificate.ID
	}
}

func (p *planning) configure(server tfprotov6.ProviderServer) {
	kind := p.schema.Provider.ValueType()
	object, ok := kind.(tftypes.Object)
	if !ok {
		p.t.Fatalf("the provider's schema is a %T", kind)
	}
	settings := map[string]tftypes.Value{}
	for name, t := range object.AttributeTypes {
		settings[name] = tftypes.NewValue(t, nil)
	}
	config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, settings))
	p.must(err, nil)
	resp, err := server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config})
	p.must(err, resp.Diagnostics)
}

func (p *planning) adopt(id string) {
	resp, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: certificateType, ID: id})
	p.must(err, resp.Diagnostics)
	p.state = resp.ImportedResources[0].State
	p.refresh()
}

// withoutResults is the configuration behind the state: what is only computed is
// not written down.
func (p *planning) withoutResults(schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	state, err := p.state.Unmarshal(p.kind)
	p.must(err, nil)
	var values map[string]tftypes.Value
	p.must(state.As(&values), nil)
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && !attribute.Optional {
			values[attribute.Name] = tftypes.NewValue(attribute.Type, nil)
		}
	}
	config, err := tfprotov6.NewDynamicValue(p.kind, tftypes.NewValue(p.kind, values))
	p.must(err, nil)
	return &config
}

func (p *planning) validate() {
	resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: certificateType, Config: p.config})
	p.must(err, resp.Diagnostics)
}

func (p *planning) refresh() {
	resp, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: certificateType, CurrentState: p.state})
	p.must(err, resp.Diagnostics)
	p.state = resp.NewState
}

func (p *planning) plan() {
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: certificateType, PriorState: p.state, ProposedNewState: p.state, Config: p.config,
	})
	p.must(err, resp.Diagnostics)
}

func (p *planning) must(err error, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range diagnostics {
		p.t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
}
