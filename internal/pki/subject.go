package pki

import (
	"crypto/x509/pkix"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Subject is a distinguished name made of the attributes that certificates commonly carry. Each attribute may have several
// values; most have none or one.
type Subject struct {
	CommonName, SerialNumber                                                                 string
	Organization, OrganizationalUnit, Country, Province, Locality, StreetAddress, PostalCode []string
}

// attribute is one kind of subject attribute with the upper bound RFC 5280, appendix A.1, sets for it, in characters.
type attribute struct {
	field  string
	upper  int
	values []string
}

func (s Subject) attributes() []attribute {
	return []attribute{
		{"country", 2, s.Country},
		{"organization", 64, s.Organization},
		{"organizational_unit", 64, s.OrganizationalUnit},
		{"locality", 128, s.Locality},
		{"province", 128, s.Province},
		{"street_address", 128, s.StreetAddress}, // X.520 ub-street-address
		{"postal_code", 40, s.PostalCode},        // X.520 ub-postal-code
	}
}

// IsEmpty reports whether the name has no attribute at all.
func (s Subject) IsEmpty() bool {
	for _, a := range s.attributes() {
		if len(a.values) > 0 {
			return false
		}
	}
	return s.CommonName == "" && s.SerialNumber == ""
}

// Check refuses values outside the upper bounds of RFC 5280, appendix A.1, or that readers would mangle: control characters,
// invalid UTF-8, leading or trailing space. The error's field is field + ".country" and so on, except that the common name,
// which configurations give on its own, is always "common_name".
func (s Subject) Check(field string) error {
	if s.CommonName != "" {
		if err := checkText("common_name", s.CommonName, 64); err != nil {
			return err
		}
	}
	if field != "" {
		field += "."
	}
	if err := checkSerialAttribute(field+"serial_number", s.SerialNumber); err != nil {
		return err
	}
	for _, a := range s.attributes() {
		if err := a.check(field + a.field); err != nil {
			return err
		}
	}
	return nil
}

func (a attribute) check(field string) error {
	for i, value := range a.values {
		if slices.Contains(a.values[:i], value) {
			return refuse(InvalidName, field, "remove one", "%q is given twice", value)
		}
		if a.field == "country" {
			if err := checkCountry(field, value); err != nil {
				return err
			}
		}
		if err := checkText(field, value, a.upper); err != nil {
			return err
		}
	}
	return nil
}

func checkText(field, value string, upper int) error {
	switch {
	case value == "":
		return refuse(InvalidName, field, "leave it out, or give a value", "the value is empty")
	case !utf8.ValidString(value):
		return refuse(InvalidName, field, "", "the value is not valid UTF-8")
	case strings.ContainsFunc(value, unprintable):
		return refuse(InvalidName, field, "remove it", "%q holds a character that cannot be shown", value)
	case strings.TrimSpace(value) != value:
		return refuse(InvalidName, field, "remove it", "%q has leading or trailing space", value)
	case utf8.RuneCountInString(value) > upper:
		return refuse(InvalidName, field, "shorten it", "the value has %d characters, at most %d are allowed (RFC 5280)", utf8.RuneCountInString(value), upper)
	}
	return nil
}

// unprintable includes format characters such as U+202E, which makes a name read as another one. The two joiners are
// letters' business in Persian and Hindi, and stay.
func unprintable(r rune) bool {
	joiner := r == '\u200c' || r == '\u200d'
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !joiner
}

// checkCountry wants the ISO 3166-1 alpha-2 form. Whether the code is assigned is left to those who assign them.
func checkCountry(field, value string) error {
	isCode := len(value) == 2 && !strings.ContainsFunc(value, func(r rune) bool { return r < 'A' || r > 'Z' })
	if isCode {
		return nil
	}
	if upper := strings.ToUpper(value); upper != value && checkCountry(field, upper) == nil {
		return refuse(InvalidName, field, "write "+upper, "%q is not an ISO 3166 country code", value)
	}
	return refuse(InvalidName, field, "use two capital letters, such as DE or US", "%q is not an ISO 3166 country code", value)
}

// checkSerialAttribute holds serialNumber to PrintableString, the only type RFC 5280 gives it.
func checkSerialAttribute(field, value string) error {
	if value == "" {
		return nil
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII || !strings.ContainsRune(printableString, r) }) {
		return refuse(InvalidName, field, "use letters, digits, space and '()+,-./:=?", "%q holds a character that a serial number cannot have", value)
	}
	return checkText(field, value, 64)
}

const printableString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"

// Name returns the subject in the form the standard library encodes.
func (s Subject) Name() pkix.Name {
	return pkix.Name{
		CommonName: s.CommonName, SerialNumber: s.SerialNumber,
		Country: s.Country, Organization: s.Organization, OrganizationalUnit: s.OrganizationalUnit,
		Locality: s.Locality, Province: s.Province, StreetAddress: s.StreetAddress, PostalCode: s.PostalCode,
	}
}

// SubjectOf returns the attributes of name that a Subject can hold; others are dropped.
func SubjectOf(name pkix.Name) Subject {
	return Subject{
		CommonName: name.CommonName, SerialNumber: name.SerialNumber,
		Country: name.Country, Organization: name.Organization, OrganizationalUnit: name.OrganizationalUnit,
		Locality: name.Locality, Province: name.Province, StreetAddress: name.StreetAddress, PostalCode: name.PostalCode,
	}
}
