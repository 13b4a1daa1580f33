// Package postgres runs PostgreSQL for tests, from Debian's packages, as a user
// who is not root. It knows nothing of what is kept there.
package postgres
