// Package internal is a map. It holds no code.
//
//	terraform ─▶ provider ─▶ client ──HTTP──▶ server ─▶ engine ─▶ store
//	             (tf types)  (api types)      (api⇄clm)  (clm)  ├▶ issuer
//	                                                            ├▶ target
//	                                                            └▶ probe
//
// The provider speaks to one HTTP API and to nothing else. Embedded, the same
// handler is called in the provider's process, without a socket; backend wires
// that up and main.go hands it to the provider.
//
//	clm       the domain: entities, states, transition tables, pure rules of time, error kinds
//	pki       parse, build, encode, fingerprint, verify: pure functions over bytes
//	engine    the use cases, and the interfaces they need; enginetest/ is the store's contract as a test
//	store     the Store over database/sql, migrations embedded
//	durable   files that outlive the process: replaced whole, locked
//	seal      envelope encryption of private keys at rest
//	issuer    who signs: the built-in certificate authority
//	target    who puts files on devices: local folders and SSH; atomic file sets, hooks
//	probe     what servers serve: TLS handshakes, with STARTTLS where a protocol has it
//	api       wire types, routes, problem documents, the table of codes and statuses
//	server    HTTP in: requests to use cases, errors to problems
//	auth      who sends a request: access tokens, client certificates, a limit on failures
//	client    HTTP out: one method for each operation
//	backend   wiring: opens an estate, hands out its handler and an in-process transport
//	identity  who a program on a device is to the server: key, certificate, trust, mutual TLS, check-ins
//	agent     works on a device of its own: checks in, installs, carries out steps
//	work      has a server do by itself what is due: rounds, and the queue they go through on PostgreSQL
//	gateway   relays agents from outside the network: verifies them by its own copy of the trust
//	inbound   HTTP as it comes in: limits, whole bodies
//	daemon    serves an estate on the network: TLS, health, metrics, logs, a graceful stop
//	provider  the Terraform surface
//	command   the command line of an embedded estate
//	describe  prints what the documentation is generated from; no part of a release
//	clmtest   clock, estate, failing deployer, openssl: for tests alone
//
// Who may import whom, of these packages:
//
//	clm, pki, api     nothing
//	durable           nothing
//	engine            clm, pki
//	store             clm, durable
//	seal              clm
//	issuer            clm, pki
//	target            clm, durable, pki
//	probe             clm
//	server            api, clm, engine
//	identity          api, client, durable, pki
//	agent             api, client, clm, identity, pki, target
//	inbound           api
//	gateway           api, client, clm, identity, inbound, pki
//	auth              api, clm
//	client            api
//	backend           api, clm, engine, store, seal, issuer, target, probe, server
//	provider          api, client, pki
//	work              clm, engine
//	daemon            api, auth, backend, client, clm, durable, inbound, server, work
//	command           agent, backend, client, clm, daemon, gateway
//	describe          provider, server
//	clmtest           anything; imported from _test.go files alone
//	main.go           backend, command, provider
//
// imports_test.go holds everybody to it.
package internal
