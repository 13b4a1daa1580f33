package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// steadyKind is a steady resource with what it takes to read its states.
type steadyKind struct {
	steady
	object     tftypes.Type
	attributes map[string]attr.Type
	defaults   map[string]tftypes.Value
}

func (p *clmProvider) steadyKinds() map[string]*steadyKind {
	ctx, kinds := context.Background(), map[string]*steadyKind{}
	for _, newResource := range p.Resources(ctx) {
		if r, ok := newResource().(steady); ok {
			var named resource.MetadataResponse
			r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "clm"}, &named)
			kinds[named.TypeName] = newSteadyKind(ctx, r)
		}
	}
	return kinds
}

func newSteadyKind(ctx context.Context, r steady) *steadyKind {
	var described resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &described)
	k := &steadyKind{
		steady: r, object: described.Schema.Type().TerraformType(ctx),
		attributes: map[string]attr.Type{}, defaults: map[string]tftypes.Value{},
	}
	for name, attribute := range described.Schema.Attributes {
		k.attributes[name] = attribute.GetType()
		if value := defaultOf(ctx, attribute); value != nil {
			k.defaults[name], _ = value.ToTerraformValue(ctx)
		}
	}
	return k
}

// defaultOf is what the framework plans when the configuration says nothing, or
// nil. It knows the kinds of attribute that steady resources give a default.
func defaultOf(ctx context.Context, a schema.Attribute) attr.Value {
	switch a := a.(type) {
	case schema.StringAttribute:
		if a.Default != nil {
			var resp defaults.StringResponse
			a.Default.DefaultString(ctx, defaults.StringRequest{}, &resp)
			return resp.PlanValue
		}
	case schema.BoolAttribute:
		if a.Default != nil {
			var resp defaults.BoolResponse
			a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
			return resp.PlanValue
		}
	case schema.SetAttribute:
		if a.Default != nil {
			var resp defaults.SetResponse
			a.Default.DefaultSet(ctx, defaults.SetRequest{}, &resp)
			return resp.PlanValue
		}
	}
	return nil
}

// record reads a state, or a configuration, that is not null.
func (k *steadyKind) record(encoded *tfprotov6.DynamicValue) (r record, ok bool) {
	if encoded == nil {
		return r, false
	}
	value, err := encoded.Unmarshal(k.object)
	if err != nil {
		return r, false
	}
	r.attributes = k.attributes
	return r, value.As(&r.values) == nil
}

// keepsDefaults tells whether what has a default has it in the state, or is configured.
func (k *steadyKind) keepsDefaults(state record, encoded *tfprotov6.DynamicValue) bool {
	config, read := record{}, false
	for name, value := range k.defaults {
		if state.values[name].Equal(value) {
			continue
		}
		if !read {
			if config, read = k.record(encoded); !read {
				return false
			}
		}
		if config.values[name].IsNull() {
			return false
		}
	}
	return true
}
