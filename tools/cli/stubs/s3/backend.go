// Package s3 stands in for Terraform's s3 state backend; see ../../README.md.
package s3

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/inmem"
)

// New returns Terraform's in-memory backend.
func New() backend.Backend { return inmem.New() }
