package clm

import "context"

// Principal is who asks. Every use case takes one and every write records it.
type Principal struct {
	// Name is unique within the estate, such as "local:alice@build-7".
	Name string
	// Role is what the principal may do. One without a role may do nothing.
	Role Role
	// AgentID is the id of the agent that asks, "" for anybody else.
	AgentID string
	// RelayedBy is the name of the internet gateway that speaks for it, "" for who asks
	// itself.
	RelayedBy string
	// IdempotencyKey makes a request repeatable, when it has one: the same key
	// finds the first request's result instead of doing the work twice.
	IdempotencyKey string
	// RequestID ties audit rows to the request that caused them.
	RequestID string
}

type principalKey struct{}

// WithPrincipal binds p to ctx: how an authenticating layer hands it on.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf is the principal bound to ctx, and whether there is one.
func PrincipalOf(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
