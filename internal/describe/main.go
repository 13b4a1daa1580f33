// Describe prints what the documentation is generated from, as JSON:
//
//	go run ./internal/describe provider   the schemas, as `terraform providers schema -json` prints them
//	go run ./internal/describe api        the OpenAPI description of the HTTP API
//
// Both come from the code itself, so that generating needs no CLI and no
// network. It is no part of a release.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: describe provider|api")
	}
	switch args[0] {
	case "provider":
		schemas, err := schemasOf(ctx, provider.New("docs", nil)())
		if err != nil {
			return err
		}
		return writeJSON(out, schemas)
	case "api":
		return writeAPI(out)
	}
	return fmt.Errorf("there is nothing to describe about %q", args[0])
}

// apiVersion stands in the description: generated files do not change with
// every release.
const apiVersion = "1"

func writeAPI(out io.Writer) error {
	description, err := server.OpenAPI(apiVersion)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, description, "", "  "); err != nil {
		return err
	}
	indented.WriteByte('\n')
	_, err = indented.WriteTo(out)
	return err
}

func writeJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
