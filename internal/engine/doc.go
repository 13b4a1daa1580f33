// Package engine is the use cases: what can be asked of an estate and what then
// happens, in which order, in which transaction.
//
// It owns the interfaces it needs (Store, Issuer, Deployer, Sealer, Clock) and
// knows no SQL, no HTTP and no Terraform. Every use case takes the principal
// who asks; every write leaves an audit row in its own transaction; `now` is
// read once per transaction. What a device states to have installed is an
// observation: it takes the place of what it stated before, and leaves no row.
//
// The order of a use case with an outside effect is always: decide on a
// snapshot, record the intention, act, look, record the outcome. A process that
// dies in between leaves a state from which the same use case, run again, ends
// where the undisturbed run would have.
package engine
