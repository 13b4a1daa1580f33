// Package pki turns bytes into certificates, keys and key stores, and back. It parses, builds, encodes, fingerprints and
// verifies: PEM, DER, PKCS#7, PKCS#8, PKCS#12 and JKS for reading and writing, the certificate profiles of RFC 5280
// for issuing.
//
// Everything here is a pure function of its arguments, save for the randomness that keys, serial numbers and salts need
// (crypto/rand). The package must not know files, networks, stores, Terraform or the clock: where a time matters, `now` or
// the dates themselves are parameters. It imports nothing else of this module, so a plan may call any of it.
//
// Input that a person wrote and got wrong comes back as an *Error, which names the input, says what is wrong with it and
// what to do. No error holds key material or a password.
package pki
