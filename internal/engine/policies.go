package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// CreateApprovalPolicy records how many people have to agree to a push.
func (e *Engine) CreateApprovalPolicy(ctx context.Context, by clm.Principal, policy clm.ApprovalPolicy) (clm.ApprovalPolicy, error) {
	if err := policy.Check(); err != nil {
		return policy, err
	}
	policy.ID = clm.NewID()
	err := e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.ApprovalPolicy)
		if earlier != nil {
			policy = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		policy.CreatedAt, policy.UpdatedAt = c.now, c.now
		if err := c.InsertApprovalPolicy(&policy); err != nil {
			return err
		}
		if err := c.remember(policy.ID); err != nil {
			return err
		}
		return c.record(clm.NounPolicy, "create", policy.ID, policy.Name, nil)
	})
	return policy, err
}

// UpdateApprovalPolicy changes a policy. Work orders that were asked for keep what they
// were asked for with.
func (e *Engine) UpdateApprovalPolicy(ctx context.Context, by clm.Principal, ref string, wanted clm.ApprovalPolicy) (policy clm.ApprovalPolicy, err error) {
	if err := wanted.Check(); err != nil {
		return policy, err
	}
	err = e.update(ctx, by, func(c change) error {
		if policy, err = c.ApprovalPolicy(ref); err != nil {
			return err
		}
		policy.Name, policy.Levels, policy.ExpiresAfter, policy.UpdatedAt = wanted.Name, wanted.Levels, wanted.ExpiresAfter, c.now
		if err := c.Tx.UpdateApprovalPolicy(&policy); err != nil {
			return err
		}
		return c.record(clm.NounPolicy, "update", policy.ID, policy.Name, nil)
	})
	return policy, err
}

// DeleteApprovalPolicy forgets a policy that guards no connector.
func (e *Engine) DeleteApprovalPolicy(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		policy, err := c.ApprovalPolicy(ref)
		if err != nil {
			return err
		}
		if err := c.Tx.DeleteApprovalPolicy(policy); err != nil {
			return err
		}
		return c.record(clm.NounPolicy, "delete", policy.ID, policy.Name, nil)
	})
}

// ApprovalPolicy reads one approval policy, by id or name.
func (e *Engine) ApprovalPolicy(ctx context.Context, ref string) (policy clm.ApprovalPolicy, err error) {
	err = e.view(ctx, func(tx Tx) error {
		policy, err = tx.ApprovalPolicy(ref)
		return err
	})
	return policy, err
}

// ApprovalPolicies lists approval policies by name.
func (e *Engine) ApprovalPolicies(ctx context.Context, page clm.Page) (policies []clm.ApprovalPolicy, err error) {
	err = e.view(ctx, func(tx Tx) error {
		policies, err = tx.ApprovalPolicies(page)
		return err
	})
	return policies, err
}
