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
	Files      []StepFile `json:"files" doc:"all switch together"`
	Claimed    []string   `json:"claimed,omitempty" doc:"files that were ours before"`
	Overwrite  bool       `json:"overwrite,omitempty" doc:"whether files that are not ours may be replaced"`
	Restorable bool       `json:"restorable,omitempty" doc:"whether what is replaced is kept until settle or restore"`
	User       string     `json:"user,omitempty" doc:"owner of the files; empty: whoever writes them"`
	Group      string     `json:"group,omitempty" doc:"group of the files; empty: that of whoever writes them"`
	SecretMode uint32     `json:"secret_mode,omitempty" doc:"permission bits of secret files; 0: 0600"`
}

// StepFile is one file of a set.
type StepFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content,omitempty" doc:"base64"`
	Secret  bool   `json:"secret,omitempty" doc:"whether nobody else may read it, from its first byte on"`
}

// StepScript is a hook.
type StepScript struct {
	Inline         string            `json:"inline,omitempty" doc:"shell script"`
	DevicePath     string            `json:"device_path,omitempty" doc:"absolute path of a program on the device, in place of inline"`
	TimeoutSeconds int64             `json:"timeout_seconds" doc:"how long it may take; 0: a minute"`
	Env            map[string]string `json:"env,omitempty" doc:"environment variables"`
}

// WaitForStep asks for the next step. It is answered 204 when none came in time.
type WaitForStep struct {
	Session     string `json:"session" minLength:"1" maxLength:"64" doc:"of the agent's process: what an earlier one began and did not report is lost"`
	WaitSeconds int64  `json:"wait_seconds" minimum:"0" maximum:"60" doc:"how long to wait"`
}

// StepResult is what came of a step.
type StepResult struct {
	Failure  *StepFailure   `json:"failure,omitempty" doc:"absent when it was done"`
	Observed []ObservedFile `json:"observed,omitempty" doc:"of the kind observe: what is at the names of the set, in their order"`
	ExitCode int            `json:"exit_code,omitempty" doc:"of the script"`
	Output   string         `json:"output,omitempty" maxLength:"16384" doc:"last of what the script printed"`
}

// StepFailure is why it was not done.
type StepFailure struct {
	Code    Code   `json:"code" doc:"what kind of trouble it is"`
	Field   string `json:"field,omitempty" doc:"input it is about"`
	Detail  string `json:"detail" maxLength:"8192"`
	Hint    string `json:"hint,omitempty" maxLength:"4096" doc:"what to do about it"`
	Unknown bool   `json:"unknown,omitempty" doc:"whether nobody knows what a script did"`
}

// ObservedFile is what the device has at one name of a set.
type ObservedFile struct {
	Name    string `json:"name"`
	Present bool   `json:"present" doc:"whether there is anything"`
	SHA256  string `json:"sha256,omitempty" doc:"of the content, lower-case hex"`
	Content []byte `json:"content,omitempty" doc:"base64, of files that are not secret"`
	Exposed bool   `json:"exposed,omitempty" doc:"secret, but others may read it"`
}
