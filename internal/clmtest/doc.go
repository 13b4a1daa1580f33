// Package clmtest is what tests of several packages need: a clock that moves
// when told, a backend in a folder of the test's own, outside parties that fail
// on demand, and certificates made by openssl. It is imported by tests alone.
package clmtest
