// Package servers runs real servers that serve certificates: nginx, Apache,
// HAProxy, Tomcat, Postfix, Dovecot, PostgreSQL, openssl s_server, and one that
// misbehaves as a test tells it. It is imported by tests alone.
//
// Every server runs in the foreground, from a folder of the test's own, on a
// loopback address of its own, and ends with the test; on a Machine it runs as Debian
// has it run. A server that is not installed fails the test. Debian has them all:
//
//	apt-get install --no-install-recommends openssl curl nginx-light apache2 haproxy \
//	  tomcat10 postfix dovecot-imapd dovecot-pop3d postgresql-15
//
// Certificate files are PEM: the server's own certificate, then its chain. The
// caller changes them in place and reloads. Reload returns when the server was
// told: as in real life, old and new may both be served for a moment, except where
// a type says otherwise. Await is for that, and Client is who must not notice.
package servers
