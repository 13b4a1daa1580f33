// Package azure stands in for Terraform's azure state backend; see ../../README.md.
package azure

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/inmem"
)

// New returns Terraform's in-memory backend.
func New() backend.Backend { return inmem.New() }
