// Package identity is who a program on a device is to the server: a key that was made
// there and never leaves it, the certificate for that key, whom the program trusts to be
// the server, the way there by mutual TLS, and the pace of its check-ins. Agents and
// internet gateways have one.
//
// It must not know what is asked once it is known who asks: no configurations, no steps,
// no files of the device.
//
// # What is on the disk
//
// A folder of mode 0700, used by one process at a time:
//
//	identity.pem    private key, certificate and chain: one file, so that they always match
//	server-ca.pem   whom to trust to be the server
//	pending.key     a key for which a certificate is being asked
//
// # Getting a certificate
//
// For a token (Enrol) or by the certificate of before (Renew), in this order:
//
//	1  pending.key     the key is on the disk before anybody hears of it
//	2  asked           a token is used up from here on
//	3  server-ca.pem   whom to trust from now on
//	4  identity.pem    key and certificate change together, or not at all
//	5  pending.key     removed
//
// Who dies before 2 has a key of which nobody knows, and asks with it the next time. Who
// dies between 2 and 4 asks again, with the same key: the server answers a used token
// again when the key is the same, and takes the certificate of before until the next one
// was shown to it. After 4 it is done; a pending key that is the identity's own is removed
// at the next start, so that no key is ever used twice.
package identity
