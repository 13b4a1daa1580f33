// Terraform-provider-clm manages the life of a certificate estate. Without
// arguments it is a Terraform plugin; with arguments it is a command line for
// the embedded estate.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/command"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// version is set by the release build.
var version = "dev"

// address is where registries know the provider.
const address = "registry.terraform.io/terraform-provider-clm/clm"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "-debug" {
		if err := quietSDK(os.Environ()); err != nil {
			return err
		}
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(400) // a plan lives for seconds on a small heap: collect less often
		}
		return serve(len(args) > 0)
	}
	return command.Run(ctx, version, args, os.Stdout)
}

// embedded hands the provider the estate in a folder or a database, by calls in this process.
func embedded() provider.Embedded {
	estates := &backend.Registry{}
	return func(ctx context.Context, s provider.Settings) (http.RoundTripper, error) {
		b, err := estates.Open(ctx, backend.Config{
			DataDir: s.DataDir, DatabaseURL: s.DatabaseURL, KeyFile: s.KeyFile, Passphrase: s.Passphrase, Version: version,
		})
		if err != nil {
			return nil, err
		}
		return b.Transport(backend.LocalPrincipal(s.Principal)), nil
	}
}
