package pki

import (
	"errors"
	"fmt"
)

// Code says what kind of trouble the input is in. Callers branch on it; people read the message.
type Code string

const (
	Malformed         Code = "malformed"          // not the format it should be: truncated, damaged, something else
	IncorrectPassword Code = "incorrect_password" // the password does not open it
	NoPrivateKey      Code = "no_private_key"     // a private key was expected and none is there
	NoCertificate     Code = "no_certificate"     // a certificate was expected and none is there
	KeyMismatch       Code = "key_mismatch"       // the private key belongs to another certificate
	Ambiguous         Code = "ambiguous"          // more than one candidate where one is meant
	NotACA            Code = "not_a_ca"           // basic constraints do not say CA:TRUE
	NoCertSign        Code = "no_cert_sign"       // key usage lacks keyCertSign
	NoCRLSign         Code = "no_crl_sign"        // key usage lacks cRLSign
	Expired           Code = "expired"            // past its end
	NotYetValid       Code = "not_yet_valid"      // before its start
	WeakKey           Code = "weak_key"           // RSA below 2048 bits, P-224
	WeakSignature     Code = "weak_signature"     // signed with MD5 or SHA-1
	Unsupported       Code = "unsupported"        // understood, and not handled here
	InvalidName       Code = "invalid_name"       // a subject attribute or alternative name breaks its syntax or bounds
	InvalidValidity   Code = "invalid_validity"   // the dates are impossible or outlive the issuer
	InvalidKeySpec    Code = "invalid_key_spec"   // key algorithm, size or curve that cannot be generated here
	PathLength        Code = "path_length"        // a path length constraint is impossible or forbids what is asked
	Untrusted         Code = "untrusted"          // no chain to any of the given roots
	NameConstraint    Code = "name_constraint"    // the issuer's constraints forbid a name or usage
)

// Error is trouble with an input. It never holds key material or a password.
type Error struct {
	Code    Code
	Field   string // the input it is about in snake_case, such as "dns_names" or "subject.country"; "" if none
	Message string // what is wrong, lower case, no full stop
	Hint    string // what to do about it; "" if there is nothing to say
	Err     error  // the cause, if one was wrapped
}

// Error returns "message: hint".
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + ": " + e.Hint
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, "" if there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// refuse builds an Error about field; the hint comes before the message so that the message can take arguments.
func refuse(code Code, field, hint, format string, args ...any) error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Code: code, Field: field, Message: wrapped.Error(), Hint: hint, Err: errors.Unwrap(wrapped)}
}
