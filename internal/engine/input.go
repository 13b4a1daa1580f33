package engine

import (
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// invalid turns what package pki found wrong with an input into our error; any
// other error passes through. field is used when pki names none.
func invalid(field string, err error) error {
	var trouble *pki.Error
	if !errors.As(err, &trouble) {
		return err
	}
	if trouble.Field != "" {
		field = trouble.Field
	}
	return &clm.Error{Kind: clm.KindInvalid, Field: field, Message: trouble.Message, Hint: trouble.Hint}
}

// inField says in what part of the input the field of an error is.
func inField(part string, err error) error {
	var trouble *clm.Error
	if !errors.As(err, &trouble) || trouble.Field == "" {
		return err
	}
	trouble.Field = part + "." + trouble.Field
	return err
}

func subjectOf(s clm.Subject) pki.Subject { return pki.Subject(s) }

func namesOf(n clm.Names) pki.Names { return pki.Names(n) }

func keySpecOf(k clm.KeySpec) pki.KeySpec { return pki.KeySpec(k) }
