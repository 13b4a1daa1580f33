package main

// mutation is a guard that is taken away. A test must notice.
type mutation struct {
	guard string // what is held by it
	file  string
	from  string // must stand in the file exactly once
	to    string
}

// mutations are the guards of a root's replacement: of its transition table, of
// its gates, and of the counting they rest on.
var mutations = []mutation{
	{"finalize: enough devices received", "internal/clm/gate.go", "if g.Census.Received*100 >= g.Policy.MinimumReceivedPercent*g.Census.Expected {", "if true {"},
	{"finalize: every critical device received", "internal/clm/gate.go", "if len(g.Census.Critical) == 0 {", "if true {"},
	{"finalize: no device is silent", "internal/clm/gate.go", "if len(g.Census.Silent) == 0 {", "if true {"},
	{"finalize: gateways are refreshed", "internal/clm/gate.go", "stale := Stale(g.Gateways, g.StartedAt)\n\tif len(stale) == 0 {", "stale := Stale(g.Gateways, g.StartedAt)\n\tif true {"},
	{"finalize: the hold-down is over", "internal/clm/gate.go", "if !now.Before(open) {", "if true {"},
	{"a refresh counts only after what it is to carry", "internal/clm/gate.go", "g.RefreshedAt.After(since)", "!g.RefreshedAt.IsZero()"},
	{"going on cuts nobody off", "internal/clm/standing.go", "if len(s.CutOff) == 0 {", "if true {"},
	{"an activation that stopped waits", "internal/clm/standing.go", "if !s.Root.Replacement.Halted {", "if true {"},
	{"activation ends with the last child", "internal/clm/standing.go", "case RootActivating:\n\t\tif s.ToIssue+s.ToPush > 0 {", "case RootActivating:\n\t\tif false {"},
	{"retire: the overlap is over", "internal/clm/standing.go", "now.Before(end) {", "false {"},
	{"retire: no leaf needs the old root", "internal/clm/standing.go", "if len(s.UsesOld) > 0 {", "if false {"},
	{"retire: gateways are refreshed again", "internal/clm/standing.go", "stale := Stale(s.Gateways, r.FinalizedAt); len(stale) > 0", "stale := Stale(s.Gateways, r.FinalizedAt); false"},
	{"restore: no leaf needs the new root", "internal/clm/standing.go", "if len(s.UsesNew) == 0 {", "if true {"},
	{"held in distribution", "internal/clm/standing.go", "return settings.Finalize && (", "return ("},
	{"guards are evaluated in the transaction", "internal/engine/transitions.go", "if err := standing.May(verb, c.now); err != nil {\n\t\treturn err\n\t}", ""},
	{"nothing is signed by the new root before it is finalized", "internal/clm/root.go", "if r.State == RootActivating || r.State == RootRetiring {", "if r.State == RootActivating || r.State == RootRetiring || r.State == RootDistributing {"},
	{"both roots are trusted while it is open", "internal/clm/root.go", "if r.Replacement != nil {\n\t\ttrusted", "if r.Replacement != nil && r.State != RootRetiring {\n\t\ttrusted"},
	{"the old root vouches for what the new one signs", "internal/clm/root.go", "if r.Replacement == nil || len(r.Replacement.Cross) == 0 ||", "if true || r.Replacement == nil || len(r.Replacement.Cross) == 0 ||"},
	{"cancel only before anything is signed", "internal/clm/root_state.go", "VerbCancel:             {from: []RootState{RootDistributing}, to: RootActive},", "VerbCancel:             {from: []RootState{RootDistributing, RootActivating}, to: RootActive},"},
	{"roll back goes through both being trusted", "internal/clm/root_state.go", "VerbRollBack:           {from: []RootState{RootActivating, RootRetiring}, to: RootRollingBack},", "VerbRollBack:           {from: []RootState{RootActivating, RootRetiring}, to: RootActive},"},
	{"one replacement at a time", "internal/clm/wish.go", "return \"\", r.alreadyOpen(fingerprint)", "return VerbCancel, nil"},
	{"a revoked child is never signed again", "internal/clm/child.go", "current == nil || current.State == VersionRevoked || overrides", "current == nil || overrides"},
	{"a child is done when every connector was seen to have it", "internal/clm/child.go", "case len(c.Behind(overrides)) > 0:", "case false:"},
	{"what is gone on without still counts as in use", "internal/clm/child.go", "return proven == 0", "return false"},
	{"a silent device stays in the numbers", "internal/clm/census.go", "if r.TrustsOld && class != ClassWaived {", "if r.TrustsOld && class != ClassWaived && class != ClassSilent {"},
	{"a receipt counts for what its bundle holds, and no more", "internal/engine/census.go", "holds.New = bundle.Holds(m.root.Replacement.Target.FingerprintSHA256)", "holds.New = true"},
	{"the new root outlives its replacement", "internal/engine/stage.go", "left < MinimumRemainingLife {", "left < 0 {"},
	{"the new root has another key", "internal/engine/stage.go", "if pki.SameKey(active.PublicKey, m.certificate.PublicKey) {", "if false && pki.SameKey(active.PublicKey, m.certificate.PublicKey) {"},
	{"the new root can sign", "internal/engine/stage.go", "if root.CanSign() && m.key == nil {", "if false {"},
	{"a wish that was declined is not staged again", "internal/engine/transitions.go", "root.Declined = &clm.Declined{", "_ = &clm.Declined{"},
}
