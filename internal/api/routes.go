package api

// The collections of the API. An item is Collection/{id}; wherever an id is
// accepted in a GET, a name is too.
const (
	RootCertificates = "/v1/root-certificates"
	Devices          = "/v1/devices"
	Certificates     = "/v1/certificates"
	Connectors       = "/v1/connectors"
	AuditEvents      = "/v1/audit-events"
	Profiles         = "/v1/communication-profiles"
	Gateways         = "/v1/internet-gateways"
	Credentials      = "/v1/credentials"
	ApprovalPolicies = "/v1/approval-policies"
	WorkOrders       = "/v1/work-orders"
	RevocationLists  = "/v1/revocation-lists" // by root certificate
	AccessTokens     = "/v1/access-tokens"
	Agents           = "/v1/agents"
	EnrolmentTokens  = "/v1/enrolment-tokens"

	// PrincipalPath is who asks.
	PrincipalPath = "/v1/principal"

	// BackgroundWorkPath is what servers do by themselves.
	BackgroundWorkPath = "/v1/background-work"

	// PushValidation is a report on what is served.
	PushValidations = "/v1/push-validation-report"
)

// What agents ask, each for itself.
const (
	AgentPaths        = "/v1/agent/"          // all of them are below it
	AgentEnrolment    = "/v1/agent/enrolment" // the one that a token lets in
	AgentCheckIn      = "/v1/agent/check-in"
	AgentCertificates = "/v1/agent/certificate"
	AgentSteps        = "/v1/agent/steps" // a result is put to one of them
)

// What internet gateways ask, each for itself.
const (
	GatewayCheckIn      = "/v1/internet-gateway/check-in"
	GatewayCertificates = "/v1/internet-gateway/certificate"
)

// What can be asked of one thing, below its item.
const (
	Preview           = "/preview"
	Revoke            = "/revoke"
	Release           = "/release"
	SyncStatus        = "/sync-status"
	PrivateKeyExports = "/private-key-exports"
	Push              = "/push"
	RollBackPath      = "/roll-back"
	AdvancePath       = "/advance"
	Transitions       = "/transitions"
	RolloutPath       = "/rollout"
	CheckInPath       = "/check-in"
	ReceiptPath       = "/receipt"
	RefreshPath       = "/refresh"
	BundlePath        = "/trust-bundle"
	Decisions         = "/decisions"
	TopologyPath      = "/topology"
	RenewPath         = "/renew"
)

// IdempotencyKey is the header that makes a POST repeatable: within a day, the
// same key finds the first request's result as long as nobody changed it since.
const IdempotencyKey = "Idempotency-Key"

// RequestID is the header of an answer by which the log and the audit trail know it.
const RequestID = "X-Request-Id"

// MaxPage is the most items one page of a list holds.
const MaxPage = 500
