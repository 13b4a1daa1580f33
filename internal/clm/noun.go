package clm

import "strings"

// Noun names a kind of entity, in ids, audit rows and messages.
type Noun string

// The nouns of the estate.
const (
	NounRoot        Noun = "root_certificate"
	NounDevice      Noun = "device"
	NounCertificate Noun = "certificate"
	NounConnector   Noun = "connector"
	NounKey         Noun = "private_key"
	NounProfile     Noun = "communication_profile"
	NounGateway     Noun = "internet_gateway"
	NounCredential  Noun = "credential"
	NounPolicy      Noun = "approval_policy"
	NounWorkOrder   Noun = "work_order"
	NounAccessToken Noun = "access_token"
	NounAgent       Noun = "agent"
	NounEnrolment   Noun = "enrolment_token"
	NounStep        Noun = "step"
)

// Words is the noun as it reads in a sentence.
func (n Noun) Words() string {
	return strings.ReplaceAll(string(n), "_", " ")
}

// NotFound is the error for a reference nothing answers to.
func (n Noun) NotFound(ref string) *Error {
	return Errorf(KindNotFound, "there is no %s %.129q", n.Words(), ref)
}

// Changed is the error of a compare-and-swap that lost.
func (n Noun) Changed(id string) *Error {
	return Errorf(KindConflict, "%s %s was changed by somebody else meanwhile", n.Words(), id).
		WithHint("run the same command again")
}

// NameTaken is the error for a second entity of one name.
func (n Noun) NameTaken(name string) *Error {
	e := Errorf(KindExists, "a %s named %q exists already", n.Words(), name)
	e.Field = "name"
	return e.WithHint("choose another name, or bring the existing one under management with an import block whose id is %q", name)
}
