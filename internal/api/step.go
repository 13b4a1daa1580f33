package api

// AgentStep is one thing to do on an agent's device. Its id is not used again: what
// comes of it is reported once, and may be reported again.
type AgentStep struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind" doc:"preflight, observe, install, remove, restore, settle or run"`
	CertSync string       `json:"cert_sync" doc:"managed, monitored or ignored"`
	Set      *StepFileSet `json:"set,omitempty" doc:"of all kinds but run"`
	Script   *StepScript  `json:"script,omitempty" doc:"of the kind run"`
}

// StepFileSet is what one connector keeps on the device.
type StepFileSet struct {
	Owner      string     `json:"owner" doc:"id of the connector"`
	Directory  string     `json:"directory" doc:"relative to the device's root"`
	Files      []StepFile `json:"files"`
	Claimed    []string   `json:"claimed,omitempty" doc:"files that were ours before"`
	Overwrite  bool       `json:"overwrite,omitempty"`
	Restorable bool       `json:"restorable,omitempty"`
	User       string     `json:"user,omitempty"`
	Group      string     `json:"group,omitempty"`
	SecretMode uint32     `json:"secret_mode,omitempty" doc:"permission bits of secret files; 0: 0600"`
}

// StepFile is one file of a set.
type StepFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content,omitempty" doc:"base64"`
	Secret  bool   `json:"secret,omitempty"`
}

// StepScript is a hook.
type StepScript struct {
	Inline         string            `json:"inline,omitempty"`
	DevicePath     string            `json:"device_path,omitempty"`
	TimeoutSeconds int64             `json:"timeout_seconds"`
	Env            map[string]string `json:"env,omitempty"`
}

// WaitForStep asks for the next step. It is answered 204 when none came in time.
type WaitForStep struct {
	Session     string `json:"session" minLength:"1" maxLength:"64" doc:"of the agent's process: what an earlier one began and did not report is lost"`
	WaitSeconds int64  `json:"wait_seconds" minimum:"0" maximum:"60"`
}

// StepResult is what came of a step.
type StepResult struct {
	Failure  *StepFailure   `json:"failure,omitempty" doc:"absent when it was done"`
	Observed []ObservedFile `json:"observed,omitempty"`
	ExitCode int            `json:"exit_code,omitempty"`
	Output   string         `json:"output,omitempty" maxLength:"16384"`
}

// StepFailure is why it was not done.
type StepFailure struct {
	Code    Code   `json:"code"`
	Field   string `json:"field,omitempty"`
	Detail  string `json:"detail" maxLength:"8192"`
	Hint    string `json:"hint,omitempty" maxLength:"4096"`
	Unknown bool   `json:"unknown,omitempty" doc:"whether nobody knows what a script did"`
}

// ObservedFile is what the device has at one name of a set.
type ObservedFile struct {
	Name    string `json:"name"`
	Present bool   `json:"present"`
	SHA256  string `json:"sha256,omitempty"`
	Content []byte `json:"content,omitempty" doc:"base64, of files that are not secret"`
	Exposed bool   `json:"exposed,omitempty" doc:"secret, but others may read it"`
}
