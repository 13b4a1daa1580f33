// Package clmtest is what tests of several packages need: a clock that moves
// when told, a backend in a folder of the test's own, outside parties that fail
// on demand, certificates made by openssl, and the ways of running an estate. It is
// imported by tests alone.
package clmtest
