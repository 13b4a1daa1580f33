package target

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func checkScript(s clm.Script) error {
	switch {
	case (s.Inline == "") == (s.DevicePath == ""):
		return clm.Invalid("script", "a script is either inline or a path on the device")
	case s.DevicePath != "" && !path.IsAbs(s.DevicePath):
		return clm.Invalid("script.device_path", "%q is not an absolute path", s.DevicePath)
	case strings.Contains(s.Inline+s.DevicePath, "\x00"):
		return clm.Invalid("script", "a script has no zero bytes")
	}
	for name, value := range s.Env {
		if !variable.MatchString(name) || strings.Contains(value, "\x00") {
			return clm.Invalid("script", "%q is not a variable that a script can be told", name)
		}
	}
	return nil
}

func patience(s clm.Script) time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return clm.DefaultScriptTimeout
}

// wrapped is what /bin/sh is given on its standard input, in two parts. The
// first tells the mark and the shell's process, and sets the variables; nothing
// of the hook begins before all of the second has arrived, because the shell
// must see the closing quote first.
//
// The hook itself reads from /dev/null: else it would read its own text.
func wrapped(s clm.Script, mark string) (head, rest string) {
	var b strings.Builder
	b.WriteString("echo " + mark + " $$; echo " + mark + " $$ >&2\n")
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		b.WriteString(name + "=" + quote(s.Env[name]) + "; export " + name + "\n")
	}
	if s.DevicePath != "" {
		return b.String(), "exec " + quote(s.DevicePath) + " </dev/null\n"
	}
	return b.String(), "eval " + quote(s.Inline) + " </dev/null\n"
}
