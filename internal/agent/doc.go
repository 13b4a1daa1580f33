// Package agent is the program that works on a device of its own: it enrols, checks in,
// installs the trust bundle it is told, states what is really there, and carries out the
// steps of pushes to its device.
//
// It decides nothing about certificates, and knows no store and no Terraform: what should
// be where is the server's to say. Everything of one agent is in its Agent, so that
// hundreds can run in one process.
//
// # A check-in
//
// The agent looks at its disk and states what it found: never what it wrote. The server
// answers with another configuration, or that the present one is still right. Then, and
// not before, what is not as that says is put right: an agent that was away must not bring
// back what was replaced meanwhile.
//
// # Taking a configuration in
//
// If the process dies before, in or after each step, the next start looks, states the tag
// of the configuration on record, and is told the new one again, until 5 is done:
//
//	1  server-ca.pem        before: the old trust; after: the new, which has the old in it
//	                        while the server changes its certificate. Either reaches it.
//	2  the place is noted   before: nothing of ours is there. After: something may be, and
//	                        whatever place comes next, this one is remembered and left.
//	3  files installed      wholly the old or wholly the new (see package target). Those of
//	                        an earlier place are still there, so some bundle always is.
//	4  earlier places left  repeated until it is done; only then they are forgotten.
//	5  on record            the new tag is stated from here on.
//	6  checked in again     the receipt: until the server has it, nothing counts.
//
// The certificate has a table of its own, in package identity.
package agent
