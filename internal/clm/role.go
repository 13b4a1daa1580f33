package clm

import "slices"

// Role is what a principal may do.
type Role string

const (
	// RoleViewer reads.
	RoleViewer Role = "viewer"
	// RoleOperator reads, changes and pushes.
	RoleOperator Role = "operator"
	// RoleApprover reads, and says yes or no to what others ask for.
	RoleApprover Role = "approver"
	// RoleAdministrator may do everything: access tokens, private keys, approval policies,
	// the deletion of root certificates and what servers prove themselves by are his alone.
	RoleAdministrator Role = "administrator"

	// RoleAgent is that of a device's agent, which speaks for its device alone.
	RoleAgent Role = "agent"
	// RoleInternetGateway is that of an internet gateway, which relays agents.
	RoleInternetGateway Role = "internet_gateway"
	// RoleEnrolling is that of whoever has nothing but an enrolment token.
	RoleEnrolling Role = "enrolling"
)

// Roles are all that somebody can be given.
func Roles() []Role { return []Role{RoleViewer, RoleOperator, RoleApprover, RoleAdministrator} }

// May tells whether the role is enough where another is needed. Operator and approver
// stand beside each other: who asks for a push is not who agrees to it. What agents and
// internet gateways do is theirs alone: nobody speaks for a device but itself.
func (r Role) May(needed Role) bool {
	switch {
	case needed.OfMachine() || r.OfMachine():
		return r == needed
	case !r.known() || !needed.known():
		return false
	case needed == RoleViewer, r == RoleAdministrator:
		return true
	}
	return r == needed
}

// OfMachine tells whether the role is that of a machine of the product itself.
func (r Role) OfMachine() bool {
	return r == RoleAgent || r == RoleInternetGateway || r == RoleEnrolling
}

func (r Role) known() bool { return slices.Contains(Roles(), r) }

// Check says whether there is such a role.
func (r Role) Check() error {
	if !r.known() {
		return Invalid("role", "%q is not a role", r).WithHint("use viewer, operator, approver or administrator")
	}
	return nil
}
