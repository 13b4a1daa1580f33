package main

import (
	"fmt"
	"os"
	"strings"
)

// quietSDK keeps the plugin SDK from writing trace lines nobody reads: unless
// told otherwise it formats some dozens for every resource and leaves it to the
// CLI to throw them away, which costs more than the work itself.
func quietSDK(environ []string) error {
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "TF_LOG") && name != "TF_LOG_PATH" && value != "" {
			return nil // somebody wants to read
		}
	}
	if err := os.Setenv("TF_LOG_SDK", "ERROR"); err != nil {
		return fmt.Errorf("quieting the SDK's log: %w", err)
	}
	return nil
}
