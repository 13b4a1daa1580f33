// Package provider is the Terraform surface: schemas, plans, state and
// diagnostics, translated to and from one HTTP API.
//
// It never sees the engine or the store. Rules of the domain are the backend's:
// where a plan needs one (what a changed certificate would do, whether it fits
// its issuer), it asks the backend for a preview. Only reading a certificate
// that the configuration itself carries happens here, through package pki.
package provider
