package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type approvalPolicyModel struct {
	ID           types.String  `tfsdk:"id"`
	Name         types.String  `tfsdk:"name"`
	Levels       types.Int64   `tfsdk:"levels"`
	ExpiresAfter durationValue `tfsdk:"expires_after"`
}

func (m approvalPolicyModel) request() api.WriteApprovalPolicy {
	return api.WriteApprovalPolicy{Name: m.Name.ValueString(), Levels: int(m.Levels.ValueInt64()), ExpiresSeconds: m.ExpiresAfter.seconds()}
}

func approvalPolicyState(p api.ApprovalPolicy) approvalPolicyModel {
	return approvalPolicyModel{
		ID: types.StringValue(p.ID), Name: types.StringValue(p.Name), Levels: types.Int64Value(int64(p.Levels)),
		ExpiresAfter: newDuration(time.Duration(p.ExpiresSeconds) * time.Second),
	}
}
