package provider

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// nameValidator tells at plan time what the backend would refuse at apply.
var nameValidator validator.String = stringvalidator.RegexMatches(
	regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._@-]{0,126}[A-Za-z0-9])?$`),
	"must have 1 to 128 letters, digits, spaces or . _ @ -, and begin and end with a letter or digit",
)
