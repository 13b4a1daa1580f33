// Package seal encrypts secrets for the time they lie on a disk. Each secret
// has a data key of its own; the data keys are wrapped by one key-encryption
// key, so that changing that one re-encrypts thirty-two bytes per secret and
// not the secrets. A sealed secret is bound to the id it was sealed under: it
// does not open in another's place.
//
// It knows bytes and ids. It does not know what a secret is, nor where sealed
// ones are kept, and no error of it shows a byte of either.
package seal
