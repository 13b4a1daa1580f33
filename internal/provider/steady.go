package provider

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// steady is a resource that can tell at once that there is nothing to do. Its
// schema has neither write-only attributes nor types with an equality of their own.
type steady interface {
	resource.Resource
	// unchanged asks the backend whether the resource is what its state says,
	// down to the last attribute.
	unchanged(ctx context.Context, s *session, state record) bool
	// settled tells whether ModifyPlan leaves alone a plan that equals the state.
	settled(ctx context.Context, s *session, state record) bool
}

// Server is every part of the protocol the provider has.
type Server interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// NewServer serves the provider. In most plans nothing has happened to most
// things, and the framework takes its time to find that out: every step to an
// attribute makes a map of all attributes. Where the answer is known to be what
// was asked about, the framework is not asked.
func NewServer(version string, embedded Embedded) (Server, error) {
	p := &clmProvider{version: version, embedded: embedded}
	framework, ok := providerserver.NewProtocol6(p)().(Server)
	if !ok {
		return nil, errors.New("this version of the plugin framework does not serve list resources and actions")
	}
	return &steadyServer{Server: framework, provider: p, kinds: sync.OnceValue(p.steadyKinds)}, nil
}

type steadyServer struct {
	Server
	provider *clmProvider
	kinds    func() map[string]*steadyKind
}

func (s *steadyServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if resp := s.unchanged(ctx, req); resp != nil {
		return resp, nil
	}
	return s.Server.ReadResource(ctx, req)
}

// unchanged answers with the state that is asked about, or not at all. There is
// private data only after an import, whose first Read is the framework's.
func (s *steadyServer) unchanged(ctx context.Context, req *tfprotov6.ReadResourceRequest) *tfprotov6.ReadResourceResponse {
	kind := s.kinds()[req.TypeName]
	if kind == nil || len(req.Private) > 0 {
		return nil
	}
	state, ok := kind.record(req.CurrentState)
	if !ok || !kind.unchanged(ctx, s.provider.session.Load(), state) {
		return nil
	}
	identity := identityData(map[string]tftypes.Value{"id": state.values["id"]})
	if identity == nil || req.CurrentIdentity != nil && !sameBytes(req.CurrentIdentity.IdentityData, identity.IdentityData) {
		return nil
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, NewIdentity: identity}
}

func (s *steadyServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if resp := s.settled(ctx, req); resp != nil {
		return resp, nil
	}
	return s.Server.PlanResourceChange(ctx, req)
}

// settled plans no change where none is proposed, no default takes the place of
// what was configured before, and the resource is at rest.
func (s *steadyServer) settled(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	kind := s.kinds()[req.TypeName]
	if kind == nil || len(req.PriorPrivate) > 0 || !sameBytes(req.PriorState, req.ProposedNewState) {
		return nil
	}
	state, ok := kind.record(req.PriorState)
	if !ok || !kind.settled(ctx, s.provider.session.Load(), state) || !kind.keepsDefaults(state, req.Config) {
		return nil
	}
	identity := req.PriorIdentity
	if identity == nil {
		identity = identityData(nil)
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.PriorState, PlannedIdentity: identity}
}

// identityData is the identity of that value, or a null one.
func identityData(values map[string]tftypes.Value) *tfprotov6.ResourceIdentityData {
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	value := tftypes.NewValue(kind, nil)
	if values != nil {
		value = tftypes.NewValue(kind, values)
	}
	data, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

func sameBytes(a, b *tfprotov6.DynamicValue) bool {
	return a != nil && b != nil && len(a.MsgPack) > 0 && bytes.Equal(a.MsgPack, b.MsgPack)
}
