package clm

// RootState is where the slot of a root certificate stands. A replacement leads
// it once around:
//
// In active the slot holds one certificate and nothing is open. Replace puts a
// second one beside it: distributing tells every device of the slot's profiles
// to trust both, and counts who does; nothing is signed by the new one yet, so
// cancel returns to active and leaves nothing behind. Finalize, once the gate
// is open, leads to activating: child by child is issued again under the new
// root, put on its devices, and looked at there. When every child is done or
// overridden the slot is retiring: the new certificate is in use, and the old
// one stays trusted until the overlap is over and no live leaf needs it. Retire
// forgets it: the one step that cannot be undone, and back in active.
//
// From activating and retiring, roll back makes the old certificate sign and be
// served again while both stay trusted; restore ends that in active once
// nothing of the new root is live.
type RootState string

const (
	// RootActive: one certificate, in use. Replace moves it on.
	RootActive RootState = "active"
	// RootDistributing: devices learn to trust the new certificate beside the
	// old. Cancel and finalize move it on.
	RootDistributing RootState = "distributing"
	// RootActivating: children move to the new root one by one. The last one, or
	// roll back, moves it on.
	RootActivating RootState = "activating"
	// RootRetiring: the new certificate is in use, the old one still trusted.
	// Retire and roll back move it on.
	RootRetiring RootState = "retiring"
	// RootRollingBack: children move back to the old root. Restore moves it on.
	RootRollingBack RootState = "rolling_back"
)

// The verbs of a replacement.
const (
	VerbReplace            = "replace"
	VerbCancel             = "cancel"
	VerbFinalize           = "finalize"
	VerbActivateChild      = "activate_child"
	VerbRetry              = "retry"
	VerbOverride           = "override"
	VerbCompleteActivation = "complete_activation"
	VerbRollBack           = "roll_back"
	VerbRetire             = "retire"
	VerbRestoreChild       = "restore_child"
	VerbRestore            = "restore"
)

var rootTable = table[RootState]{
	VerbReplace:            {from: []RootState{RootActive}, to: RootDistributing},
	VerbCancel:             {from: []RootState{RootDistributing}, to: RootActive},
	VerbFinalize:           {from: []RootState{RootDistributing}, to: RootActivating},
	VerbActivateChild:      {from: []RootState{RootActivating}, to: RootActivating},
	VerbRetry:              {from: []RootState{RootActivating}, to: RootActivating},
	VerbOverride:           {from: []RootState{RootActivating}, to: RootActivating},
	VerbCompleteActivation: {from: []RootState{RootActivating}, to: RootRetiring},
	VerbRollBack:           {from: []RootState{RootActivating, RootRetiring}, to: RootRollingBack},
	VerbRetire:             {from: []RootState{RootRetiring}, to: RootActive},
	VerbRestoreChild:       {from: []RootState{RootRollingBack}, to: RootRollingBack},
	VerbRestore:            {from: []RootState{RootRollingBack}, to: RootActive},
}
