package main

// pushes are the guards of a push: of who may have it made, of what may be pushed, and
// of what a failure leaves.
var pushes = []mutation{
	{"push: the requester does not approve", "internal/clm/workorder.go", "if by.Name == w.Requester {", "if false {"},
	{"push: one person takes one level", "internal/clm/workorder.go", "if earlier.Principal == by.Name {", "if false {"},
	{"push: approvals are of this very thing", "internal/clm/workorder.go", "case w.Digest != digest:", "case false:"},
	{"push: approvals expire", "internal/clm/workorder.go", "case w.Expired(now):\n\t\treturn w.refused", "case false:\n\t\treturn w.refused"},
	{"push: nothing begins before enough have agreed", "internal/clm/workorder.go", "if len(w.Approvals) < w.Levels {\n\t\treturn w.refused", "if false {\n\t\treturn w.refused"},
	{"push: an hour the approvals live to see", "internal/clm/approval.go", "if hour == nil || hour.Before(until) {", "if true {"},
	{"push: a revoked certificate goes nowhere", "internal/clm/eligibility.go", "current == nil || current.State == VersionRevoked", "current == nil"},
	{"push: a cloud service takes no endpoint request", "internal/clm/eligibility.go", "device.Cloud != nil && current.Request == RequestEndpoint", "false"},
	{"push: a cloud service takes no certificate without its key", "internal/clm/eligibility.go", "case device.Cloud != nil:", "case false:"},
	{"push: a script is not run twice", "internal/clm/connector.go", "if c.Running == \"\" {", "if true {"},
	{"push: what is not current is put nowhere", "internal/engine/push.go", "current == nil || current.Number != d.row.Current.Number || current.State != d.row.Current.State", "current == nil"},
	{"push: a failure puts back what was there", "internal/engine/put.go", "return e.restore(ctx, d, err)", "return err"},
	{"push: what is not served is no success", "internal/engine/put.go", "if clm.AllInSync(d.sightings) {", "if true {"},
	{"push: what was rolled back stays", "internal/engine/rollback.go", "if d.row.Current == nil || !d.connector.Stays(*d.row.Current) {", "if true {"},
	{"push: a roll back is to what was agreed to", "internal/engine/rollback.go", "if !agreed && d.takesBack {", "if false {"},
}
