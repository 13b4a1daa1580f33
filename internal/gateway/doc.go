// Package gateway is the internet gateway: it relays agents from outside the network to
// the servers, over mutual TLS on both sides. To the servers it is somebody by package
// identity, and enrols, checks in and renews as agents do.
//
// It must not know what it relays: it reads no bodies, keeps nothing of them, and decides
// nothing but whether an agent may pass. It has no keys but its own.
//
// # Who may pass
//
// An agent proves itself in the handshake. It is believed by the gateway's own copy of
// what the communication profile publishes, and refused by the revocation lists that the
// gateway was told last, at the handshake and again at each request, on connections that
// are open too:
//
//	untrusted, revoked   no handshake; on an open connection 401
//	not known            503: a list is over, or the server was not heard of for too long.
//	                     Nothing passes then: not knowing is no permission
//
// Without a certificate only an enrolment passes, which a token decides, and what relying
// parties ask. The server looks at each agent again; see package auth.
//
// # What is on the disk
//
// Beside what package identity keeps:
//
//	carried.json   the trust that was taken in, and the configuration that was told last
//	refresh.sock   by which a person on the machine has the published trust taken in
//
// With auto refresh another trust is taken in when it is told; without it, when somebody
// asks for that. Either way it is on the disk before anybody is verified by it, and stated
// to the server after that.
package gateway
