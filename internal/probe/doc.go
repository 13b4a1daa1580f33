// Package probe looks at what is really served at an address: it connects,
// upgrades to TLS where the protocol asks for it, shakes hands, and tells which
// certificates the server showed. It sends nothing else.
//
// It looks, and never trusts: no root certificate is known here, and what is
// served is reported, not believed. It never retries, keeps nothing and decides
// nothing about what should be served. Judge compares a look with an expectation,
// as a pure function; whose certificate an unexpected one is, the engine knows.
//
// A name is looked at under every address it has, because behind one name some
// servers may lag. Whatever a server does, a look ends in time, with a bounded
// amount of memory, and leaves no goroutine behind; but a search for a name that
// is called off may end a moment later, inside package net.
package probe
