package clm

import "strings"

// ServerRoot is the name of the root certificate that vouches for the servers of an
// estate. The certificate of each is called by it too, with a name of its own behind.
const ServerRoot = "clm-server"

// MayChange refuses what proves the servers to their clients to everybody but an
// administrator: whoever makes, changes or takes along one of these can pass for a server,
// and is then sent the access tokens of all others.
func (p Principal) MayChange(noun Noun, name string) error {
	if name != ServerRoot && !strings.HasPrefix(name, ServerRoot+" ") || p.Role.May(RoleAdministrator) {
		return nil
	}
	return Errorf(KindDenied, "principal %s may not touch the %s %q: by what has this name, and by what it issues, servers prove themselves", p.Name, noun.Words(), name).
		WithHint("use an access token with the role %s, or another name", RoleAdministrator)
}

// MayLoosen refuses, to everybody but an administrator, that pushes by a connector need
// the approval of others no more, or another approval.
func (p Principal) MayLoosen(was Connector, wanted *PushSettings) error {
	policy := was.Settings().ApprovalPolicyID
	if policy == "" || wanted != nil && wanted.ApprovalPolicyID == policy || p.Role.May(RoleAdministrator) {
		return nil
	}
	return Errorf(KindDenied, "principal %s may not take the approval policy off connector %q", p.Name, was.Name).
		WithHint("use an access token with the role %s: who needs approvals does not end that", RoleAdministrator)
}
