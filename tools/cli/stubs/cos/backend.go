// Package cos stands in for Terraform's cos state backend; see ../../README.md.
package cos

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/inmem"
)

// New returns Terraform's in-memory backend.
func New() backend.Backend { return inmem.New() }
