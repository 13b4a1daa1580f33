package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// providerKey is where tfplugindocs looks for the provider.
const providerKey = "registry.terraform.io/hashicorp/clm"

// schemasOf asks a provider for its schemas, as a CLI does.
func schemasOf(ctx context.Context, p provider.Provider) (*tfjson.ProviderSchemas, error) {
	server := providerserver.NewProtocol6(p)()
	told, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(told.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	c := &converter{}
	out := &tfjson.ProviderSchema{
		ConfigSchema:             c.schema(told.Provider),
		ResourceSchemas:          each(told.ResourceSchemas, c.schema),
		DataSourceSchemas:        each(told.DataSourceSchemas, c.schema),
		EphemeralResourceSchemas: each(told.EphemeralResourceSchemas, c.schema),
		ActionSchemas:            each(told.ActionSchemas, c.action),
		Functions:                each(told.Functions, c.function),
		ResourceIdentitySchemas:  each(identities.IdentitySchemas, c.identity),
	}
	if len(told.ListResourceSchemas)+len(told.StateStoreSchemas) > 0 {
		c.fail(errors.New("the provider has list resources or state stores, which are not described yet"))
	}
	return &tfjson.ProviderSchemas{FormatVersion: "1.0", Schemas: map[string]*tfjson.ProviderSchema{providerKey: out}}, c.err
}

func each[A, B any](in map[string]A, convert func(A) B) map[string]B {
	out := make(map[string]B, len(in))
	for name, v := range in {
		out[name] = convert(v)
	}
	return out
}

// converter turns the protocol's types into those of the CLI's JSON. It keeps
// the first thing it cannot convert.
type converter struct{ err error }

func (c *converter) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// convertType sets to, a cty.Type: the two libraries share their JSON.
func (c *converter) convertType(t tftypes.Type, to json.Unmarshaler) {
	text, err := json.Marshal(t)
	if err == nil {
		err = to.UnmarshalJSON(text)
	}
	if err != nil {
		c.fail(err)
	}
}

func (c *converter) schema(s *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{Version: uint64(s.Version), Block: c.block(s.Block)}
}

func (c *converter) action(s *tfprotov6.ActionSchema) *tfjson.ActionSchema {
	return &tfjson.ActionSchema{Block: c.block(s.Schema.Block)}
}

func (c *converter) block(b *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	if len(b.BlockTypes) > 0 {
		c.fail(errors.New("the provider has nested blocks, which are not described yet"))
	}
	return &tfjson.SchemaBlock{
		Attributes:      c.attributes(b.Attributes),
		Description:     b.Description,
		DescriptionKind: kind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
}

func (c *converter) attributes(in []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	out := make(map[string]*tfjson.SchemaAttribute, len(in))
	for _, a := range in {
		converted := &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: kind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		if a.NestedType != nil {
			converted.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
				Attributes: c.attributes(a.NestedType.Attributes), NestingMode: c.nesting(a.NestedType.Nesting),
			}
		} else {
			c.convertType(a.Type, &converted.AttributeType)
		}
		out[a.Name] = converted
	}
	return out
}

func (c *converter) function(f *tfprotov6.Function) *tfjson.FunctionSignature {
	out := &tfjson.FunctionSignature{Summary: f.Summary, Description: f.Description, DeprecationMessage: f.DeprecationMessage}
	c.convertType(f.Return.Type, &out.ReturnType)
	for _, p := range f.Parameters {
		out.Parameters = append(out.Parameters, c.parameter(p))
	}
	if f.VariadicParameter != nil {
		out.VariadicParameter = c.parameter(f.VariadicParameter)
	}
	return out
}

func (c *converter) parameter(p *tfprotov6.FunctionParameter) *tfjson.FunctionParameter {
	out := &tfjson.FunctionParameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue}
	c.convertType(p.Type, &out.Type)
	return out
}

func (c *converter) identity(s *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	out := &tfjson.IdentitySchema{Version: uint64(s.Version), Attributes: map[string]*tfjson.IdentityAttribute{}}
	for _, a := range s.IdentityAttributes {
		converted := &tfjson.IdentityAttribute{
			Description: a.Description, RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
		}
		c.convertType(a.Type, &converted.IdentityType)
		out.Attributes[a.Name] = converted
	}
	return out
}

func (c *converter) nesting(m tfprotov6.SchemaObjectNestingMode) tfjson.SchemaNestingMode {
	switch m {
	case tfprotov6.SchemaObjectNestingModeSingle:
		return tfjson.SchemaNestingModeSingle
	case tfprotov6.SchemaObjectNestingModeList:
		return tfjson.SchemaNestingModeList
	case tfprotov6.SchemaObjectNestingModeSet:
		return tfjson.SchemaNestingModeSet
	case tfprotov6.SchemaObjectNestingModeMap:
		return tfjson.SchemaNestingModeMap
	}
	c.fail(fmt.Errorf("unknown nesting mode %s", m))
	return ""
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if k == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}
