package clmtest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Workspace is a folder of a test's own in which a real CLI runs a real
// configuration with the real provider binary, found as a user's CLI finds it:
// in the implied mirror terraform.d/plugins of the folder it runs in.
type Workspace struct {
	Dir string   // the root module, the working directory and, by default, the estate's place
	CLI string   // absolute path
	Env []string // added to every command's environment, as NAME=value

	t    testing.TB
	home string // empty: an installed provider must not take the place of this one
}

// NewWorkspace makes an empty folder with the provider installed.
func NewWorkspace(t testing.TB, cli string) *Workspace {
	t.Helper()
	w := &Workspace{Dir: t.TempDir(), CLI: cli, t: t, home: t.TempDir()}
	w.Install("clm", Binary(t))
	return w
}

// Install puts a provider where the CLI finds it as terraform-provider-clm/name.
func (w *Workspace) Install(name, program string) {
	w.t.Helper()
	w.InstallAs(name, Version(w.t), program)
}

// InstallAs has a provider be found as a version, whatever it calls itself.
func (w *Workspace) InstallAs(name, version, program string) {
	w.t.Helper()
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(w.Dir, "terraform.d/plugins", host, "terraform-provider-clm", name, version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := place(program, filepath.Join(folder, "terraform-provider-"+name+"_v"+version)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// place links a program to another name, or copies it where that cannot be.
func place(program, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if os.Link(program, to) == nil {
		return nil
	}
	in, err := os.Open(program)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Write writes a file of the workspace, making its folder.
func (w *Workspace) Write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Copy copies a file or a folder's content into the workspace.
func (w *Workspace) Copy(from string) {
	w.t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		w.t.Fatal(err)
	}
	if info.IsDir() {
		err = os.CopyFS(w.Dir, os.DirFS(from))
	} else {
		var content []byte
		if content, err = os.ReadFile(from); err == nil {
			w.Write(filepath.Base(from), string(content))
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Read returns a file of the workspace.
func (w *Workspace) Read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.Dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// Init runs init; the methods below run the command of their name. All return
// what the command printed and end the test when it fails.
func (w *Workspace) Init(args ...string) string {
	w.t.Helper()
	return w.Run(slices.Concat([]string{"init", "-no-color", "-input=false"}, args)...)
}

// Plan runs plan.
func (w *Workspace) Plan(args ...string) string {
	w.t.Helper()
	return w.Run(slices.Concat([]string{"plan", "-no-color", "-input=false"}, args)...)
}

// PlanEmpty runs plan and ends the test when there is anything to do.
func (w *Workspace) PlanEmpty(args ...string) string {
	w.t.Helper()
	out, err := w.Try(slices.Concat([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, args)...)
	if err != nil {
		w.t.Fatalf("the plan is not empty: %v\n%s", err, out)
	}
	return out
}

// Apply runs apply without asking.
func (w *Workspace) Apply(args ...string) string {
	w.t.Helper()
	return w.Run(slices.Concat([]string{"apply", "-no-color", "-input=false", "-auto-approve"}, args)...)
}

// Destroy runs destroy without asking.
func (w *Workspace) Destroy(args ...string) string {
	w.t.Helper()
	return w.Run(slices.Concat([]string{"destroy", "-no-color", "-input=false", "-auto-approve"}, args)...)
}

// Show runs show.
func (w *Workspace) Show(args ...string) string {
	w.t.Helper()
	return w.Run(slices.Concat([]string{"show", "-no-color"}, args)...)
}

// Provider runs the provider's own command line, such as backup or revoke.
func (w *Workspace) Provider(args ...string) string {
	w.t.Helper()
	out, err := w.Exec(Binary(w.t), args...)
	if err != nil {
		w.t.Fatalf("terraform-provider-clm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Run runs the CLI with any arguments.
func (w *Workspace) Run(args ...string) string {
	w.t.Helper()
	out, err := w.Try(args...)
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s", filepath.Base(w.CLI), strings.Join(args, " "), err, out)
	}
	return out
}

// Try is Run where a failure is what the test is after.
func (w *Workspace) Try(args ...string) (string, error) {
	w.t.Helper()
	return w.Exec(w.CLI, args...)
}

// Exec runs any program in the workspace and returns what it printed.
func (w *Workspace) Exec(program string, args ...string) (string, error) {
	w.t.Helper()
	cmd := w.Command(program, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Command is a command to run in the workspace, not started yet.
func (w *Workspace) Command(program string, args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Dir = w.Dir
	cmd.Env = append(cliEnvironment(), "HOME="+w.home, "XDG_DATA_HOME="+w.home, "TF_DATA_DIR="+filepath.Join(w.Dir, ".terraform"))
	cmd.Env = append(cmd.Env, w.Env...)
	return cmd
}
