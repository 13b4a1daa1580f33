package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

var _ steady = (*certificateResource)(nil)

// unchanged is Read and no more: a certificate that is gone, or that cannot be
// read, is Read's to tell of.
func (r *certificateResource) unchanged(ctx context.Context, s *session, state record) bool {
	was, err := modelOf[certificateModel](ctx, state)
	if err != nil {
		return false
	}
	certificate, err := s.Certificate(ctx, was.ID.ValueString())
	var diags diag.Diagnostics
	return err == nil && equal(was, was.state(ctx, certificate, &diags)) && !diags.HasError()
}

func (r *certificateResource) settled(ctx context.Context, s *session, state record) bool {
	m, err := modelOf[certificateModel](ctx, state)
	return err == nil && m.settled() && (s == nil || !s.isReplaced(m.IssuerID))
}
