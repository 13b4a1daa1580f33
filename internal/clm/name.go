package clm

import (
	"regexp"

	"github.com/google/uuid"
)

// namePattern keeps names usable in paths, import ids and logs.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._@-]{0,126}[A-Za-z0-9])?$`)

// CheckName says whether name may name an entity. A name must not look like an
// id, because every reference accepts either.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return Invalid("name", "%.129q is not a valid name", name).
			WithHint("use 1 to 128 letters, digits, spaces or . _ @ -, beginning and ending with a letter or digit")
	}
	if IsID(name) {
		return Invalid("name", "%q looks like an id", name).WithHint("a name must not have the form of a UUID")
	}
	return nil
}

// NewID makes an id: a UUID version 7, so that ids sort by age.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// IsID tells an id from a name.
func IsID(ref string) bool {
	if len(ref) != 36 {
		return false
	}
	return uuid.Validate(ref) == nil
}
