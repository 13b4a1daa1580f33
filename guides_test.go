package main_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
)

// Every guide works as it is written. Its console blocks are typed into one
// shell, its file blocks are written where it says, and each command must print
// the lines shown below it, in their order. "…" stands for anything. A command
// may fail only where the guide shows the error.
//
// The first of each begin with nothing, the others where it has applied.
func TestGuides(t *testing.T) {
	t.Parallel()
	cli := clmtest.NewestCLI(t)
	for guide, begin := range map[string]func(*testing.T, *clmtest.Workspace){
		"quickstart": nil, "state-and-keys": afterQuickstart, "backup-and-restore": withDatabase(afterQuickstart), "embedded-in-ci": afterQuickstart,
		"formats": nil, "approvals-in-a-pipeline": installed, "run-the-server": withDatabase(nil), "enrol-agents": nil, "a-lost-laptop": nil,
		"team-on-postgresql": withDatabase(installed), "upgrade": afterOlderQuickstart,
		"when-a-replacement-stops": withFleet, "silent-devices-and-waivers": withFleet, "test-a-new-certificate-first": withFleet,
	} {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			follow(t, cli, guide, begin)
		})
	}
}

// follow does what a guide says, from where begin leads to.
func follow(t *testing.T, cli, guide string, begin func(*testing.T, *clmtest.Workspace)) {
	t.Helper()
	w := guideWorkspace(t, cli)
	if begin != nil {
		begin(t, w)
	}
	commands := commandsOf(t, filepath.Join(clmtest.Root(), "docs/guides", guide+".md"))
	if len(commands) < 5 {
		t.Fatalf("only %d commands found: the guide is not written as this test reads it", len(commands))
	}
	typeIn(t, w, commands)
}

// guideWorkspace has the provider's own command and the CLI on PATH.
func guideWorkspace(t *testing.T, cli string) *clmtest.Workspace {
	t.Helper()
	w := clmtest.NewWorkspace(t, cli)
	bin := t.TempDir()
	for name, program := range map[string]string{"terraform": cli, "terraform-provider-clm": clmtest.Binary(t)} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.Env = []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS_destroy=-auto-approve", "TF_INPUT=0",
	}
	return w
}

// afterQuickstart brings a workspace to the end of the quickstart's first apply.
func afterQuickstart(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	const password = "changeit"
	w.Env = append(w.Env, "TF_VAR_pfx_password="+password)
	w.Copy(filepath.Join(clmtest.Root(), "examples/quickstart/main.tf"))
	w.Write("corp-2026.pfx", string(must(os.ReadFile(clmtest.RootPFX(t, "Corp Root 2026", password)))(t)))
	for _, device := range []string{"web-1", "web-2", "web-3"} {
		w.Write("devices/"+device+"/.keep", "")
	}
	w.Init()
	w.Apply()
}

// withFleet brings a workspace to the end of the first apply of "Replace a root".
func withFleet(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	const password = "changeit"
	w.Env = append(w.Env, "TF_VAR_pfx_password="+password)
	w.Copy(filepath.Join(clmtest.Root(), "examples/replacement"))
	for _, year := range []string{"2026", "2027", "2028"} {
		pfx := clmtest.RootPFX(t, "Corp Root "+year, password)
		w.Write("corp-"+year+".pfx", string(must(os.ReadFile(pfx))(t)))
		w.Write("corp-"+year+".pem", string(must(os.ReadFile(filepath.Join(filepath.Dir(pfx), "root.pem")))(t)))
	}
	for _, machine := range []string{"agent-1", "agent-2", "agent-3", "web-1", "web-2"} {
		w.Write("fleet/"+machine+"/.keep", "")
	}
	w.Init()
	w.Apply()
}

// afterOlderQuickstart has an older version do so: the first one, whose state had less.
func afterOlderQuickstart(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	must(0, os.RemoveAll(filepath.Join(w.Dir, "terraform.d")))(t)
	w.InstallAs("clm", "0.0.1", clmtest.Binary(t))
	afterQuickstart(t, w)
	var had map[string][]string
	decode(t, read(t, "testdata/attributes-0.1.json"), &had)
	w.Write("terraform.tfstate", withAttributes(t, w.Read("terraform.tfstate"), had))
	w.Install("clm", clmtest.Binary(t))
}

// withDatabase lets the commands of PostgreSQL find a server of the guide's own.
func withDatabase(begin func(*testing.T, *clmtest.Workspace)) func(*testing.T, *clmtest.Workspace) {
	return func(t *testing.T, w *clmtest.Workspace) {
		t.Helper()
		address := must(url.Parse(postgres.New(t).URL("public")))(t)
		w.Env = append(w.Env, "PGHOST="+address.Query().Get("host"), "PGUSER="+address.User.Username(), "PGSSLMODE=disable")
		if begin != nil {
			begin(t, w)
		}
	}
}

// installed has the provider where make install puts it, for more than one folder.
func installed(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	w.Env = append(w.Env, "TF_DATA_DIR=.terraform")
	if out, err := w.Exec("sh", "-c", "mkdir -p ~/.terraform.d && mv terraform.d/plugins ~/.terraform.d"); err != nil {
		t.Fatal(out, err)
	}
}

// command is one command of a guide and what the guide shows below it; a file
// the guide tells to write is a command that shows nothing.
type command struct {
	text  string
	shown []string
}

var (
	block = regexp.MustCompile("(?ms)^(?:[^\n]*`([\\w./-]+)`:\n\n)?```(\\w+)\n(.*?)^```$")
)

// commandsOf reads the console and file blocks of a guide.
func commandsOf(t *testing.T, path string) []command {
	t.Helper()
	text := string(must(os.ReadFile(path))(t))
	var commands []command
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		file, language, content := b[1], b[2], b[3]
		switch {
		case language == "console":
			commands = append(commands, typed(content)...)
		case file != "":
			commands = append(commands, command{text: fmt.Sprintf("cat > %s <<'END OF FILE'\n%sEND OF FILE", file, content)})
		}
	}
	return commands
}

// typed splits a console block into commands. A line that ends in a backslash
// goes on in the next.
func typed(block string) []command {
	var commands []command
	for line := range strings.Lines(block) {
		line = strings.TrimRight(line, "\n")
		n := len(commands) - 1
		switch text, prompt := strings.CutPrefix(line, "$ "); {
		case prompt:
			commands = append(commands, command{text: text})
		case strings.HasSuffix(commands[n].text, "\\"):
			commands[n].text += "\n" + line
		default:
			commands[n].shown = append(commands[n].shown, line)
		}
	}
	return commands
}

// typeIn runs the commands in one shell and compares what they print.
func typeIn(t *testing.T, w *clmtest.Workspace, commands []command) {
	t.Helper()
	script := strings.Builder{}
	script.WriteString("exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n") // whatever the guide leaves running ends with it
	for _, c := range commands {
		fmt.Fprintf(&script, "%s\nprintf '\\036%%d\\036' $?\n", c.text)
	}
	out, err := w.Exec("bash", "-c", script.String())
	parts := strings.Split(out, "\x1e")
	for i, c := range commands {
		if 2*i+1 >= len(parts) {
			t.Fatalf("the shell ended before: %s (%v)", c.text, err)
		}
		printed, status := parts[2*i], must(strconv.Atoi(parts[2*i+1]))(t)
		if status != 0 && !showsError(c.shown) {
			t.Fatalf("$ %s\nfails with exit code %d:\n%s", c.text, status, printed)
		}
		if missing := firstMissing(c.shown, printed); missing != "" {
			t.Fatalf("$ %s\ndoes not print the line\n%s\nbut:\n%s", c.text, missing, printed)
		}
	}
}

var errorLine = regexp.MustCompile(`^[Ee]rror: `)

func showsError(shown []string) bool {
	for _, line := range shown {
		if errorLine.MatchString(line) {
			return true
		}
	}
	return false
}

// firstMissing is the first line shown that is not printed after those before it.
func firstMissing(shown []string, printed string) string {
	lines := strings.Split(printed, "\n")
	for _, want := range shown {
		if want == "…" {
			continue
		}
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + `\s*$`)
		found := -1
		for i, line := range lines {
			if pattern.MatchString(line) {
				found = i
				break
			}
		}
		if found < 0 {
			return want
		}
		lines = lines[found+1:]
	}
	return ""
}

// Links between the documents lead somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	checked := 0
	root := clmtest.Root()
	documents := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		for _, path := range must(filepath.Glob(filepath.Join(root, pattern)))(t) {
			documents = append(documents, must(filepath.Rel(root, path))(t))
		}
	}
	for _, document := range documents {
		for _, found := range link.FindAllStringSubmatch(string(must(os.ReadFile(filepath.Join(root, document)))(t)), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			checked++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(document), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", document, found[1])
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d links were checked", checked)
	}
}
