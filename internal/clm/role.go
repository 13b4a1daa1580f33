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
)

// Roles are all there are.
func Roles() []Role { return []Role{RoleViewer, RoleOperator, RoleApprover, RoleAdministrator} }

// May tells whether the role is enough where another is needed. Operator and approver
// stand beside each other: who asks for a push is not who agrees to it.
func (r Role) May(needed Role) bool {
	switch {
	case !r.known() || !needed.known():
		return false
	case needed == RoleViewer, r == RoleAdministrator:
		return true
	}
	return r == needed
}

func (r Role) known() bool { return slices.Contains(Roles(), r) }

// Check says whether there is such a role.
func (r Role) Check() error {
	if !r.known() {
		return Invalid("role", "%q is not a role", r).WithHint("use viewer, operator, approver or administrator")
	}
	return nil
}
