package target

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// ways are the ways in which a script can come to a device.
func ways() map[string]func(t *testing.T) *world {
	return map[string]func(t *testing.T) *world{
		"local": newWorld,
		"ssh":   newSSHWorld,
		"sudo": func(t *testing.T) *world {
			w := newWorld(t).behind(theMachine().server, theMachine().admin)
			w.device.SSH.Sudo = true
			return w
		},
	}
}

// What a script sees and says, the same on every way.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script clm.Script
		want   clm.ScriptResult
	}{
		"says nothing":      {clm.Script{Inline: "true"}, clm.ScriptResult{}},
		"both streams":      {clm.Script{Inline: "echo out; sleep 0.05; echo err >&2"}, clm.ScriptResult{Output: "out\nerr\n"}},
		"exit code":         {clm.Script{Inline: "echo bad\nexit 3"}, clm.ScriptResult{ExitCode: 3, Output: "bad\n"}},
		"last command":      {clm.Script{Inline: "true\nfalse"}, clm.ScriptResult{ExitCode: 1}},
		"set -e":            {clm.Script{Inline: "set -e\nfalse\necho not here"}, clm.ScriptResult{ExitCode: 1}},
		"quotes":            {clm.Script{Inline: `printf '%s\n' "it's" '$HOME' "a\\b"`}, clm.ScriptResult{Output: "it's\n$HOME\na\\b\n"}},
		"here document":     {clm.Script{Inline: "cat <<EOF\nline\nEOF"}, clm.ScriptResult{Output: "line\n"}},
		"reads nothing":     {clm.Script{Inline: "cat; echo end"}, clm.ScriptResult{Output: "end\n"}},
		"variables":         {clm.Script{Inline: `echo "$A|$B_2"`, Env: map[string]string{"A": "it's $(id)\nnew", "B_2": `\"`}}, clm.ScriptResult{Output: "it's $(id)\nnew|\\\"\n"}},
		"a program":         {clm.Script{DevicePath: "/bin/sh"}, clm.ScriptResult{}},
		"a program's words": {clm.Script{DevicePath: "/usr/bin/printenv", Env: map[string]string{"ONLY": "1"}}, clm.ScriptResult{}},
		"no such program":   {clm.Script{DevicePath: "/no/such program"}, clm.ScriptResult{ExitCode: 127}},
		"not executable":    {clm.Script{DevicePath: "/etc/passwd"}, clm.ScriptResult{ExitCode: 126}},
		"a signal":          {clm.Script{Inline: "kill -TERM $$"}, clm.ScriptResult{ExitCode: 143}},
		"leaves a daemon":   {clm.Script{Inline: "sleep 5 & echo up"}, clm.ScriptResult{Output: "up\n"}},
	} {
		for way, open := range ways() {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				w := open(t)
				got, err := w.targets.Run(context.Background(), w.device, c.script)
				must(t, err)
				switch name {
				case "a program's words":
					if !strings.Contains(got.Output, "ONLY=1\n") || strings.Contains(got.Output, "CLM_") {
						t.Errorf("the program was told %q", got.Output)
					}
					got.Output = ""
				case "no such program", "not executable":
					if !strings.Contains(got.Output, c.script.DevicePath) {
						t.Errorf("nobody says which program it was: %q", got.Output)
					}
					got.Output = ""
				case "a signal":
					got.Output = ""
				}
				if got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			})
		}
	}
}

// Nothing of a script is seen in the list of processes while it runs.
func TestRunShowsNothing(t *testing.T) {
	t.Parallel()
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			secret := "secret" + newName("-")
			got, err := w.targets.Run(context.Background(), w.device, clm.Script{
				Inline: ": " + secret + "\nps -eo args", Env: map[string]string{"PASSWORD": secret},
			})
			must(t, err)
			if got.Output == "" || strings.Contains(got.Output, secret) {
				t.Errorf("the list of processes is\n%s", got.Output)
			}
		})
	}
}

// A megabyte of output costs no more than its end.
func TestRunPrintsAMegabyte(t *testing.T) {
	t.Parallel()
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			got, err := w.targets.Run(context.Background(), w.device, clm.Script{
				Inline: "head -c 1000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero | tr '\\0' y >&2; sleep 0.1; echo; echo the end",
			})
			must(t, err)
			if len(got.Output) != tailSize || !strings.HasSuffix(got.Output, "\nthe end\n") {
				t.Errorf("%d bytes are kept, the last of them %q", len(got.Output), got.Output[max(0, len(got.Output)-20):])
			}
		})
	}
}

// A script that hangs is killed, with everything that it started.
func TestRunHangs(t *testing.T) {
	t.Parallel()
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			mark := fmt.Sprintf("3600.%d", time.Now().UnixNano()%1e9)
			script := clm.Script{Inline: "echo waiting; sleep " + mark + " & sleep " + mark, Timeout: 300 * time.Millisecond}
			got, err := w.targets.Run(context.Background(), w.device, script)
			w.fails(err, clm.KindFailed, `device "web-1": the script took longer than 300ms and was killed: the last it said was:`+"\nwaiting"+
				` (what it did until then is done; look at the device, then correct the script or give it more time)`)
			if got.ExitCode != -1 || got.Output != "waiting\n" {
				t.Errorf("got %+v", got)
			}
			eventually(t, "its processes are gone", func() bool { return !running(t, "sleep", mark) })
			_, err = w.targets.Run(context.Background(), w.device, clm.Script{Inline: "true"})
			must(t, err)
		})
	}
}

// running tells whether a process has those arguments.
func running(t *testing.T, args ...string) bool {
	t.Helper()
	all, err := os.ReadDir("/proc")
	must(t, err)
	for _, e := range all {
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err == nil && string(line) == strings.Join(args, "\x00")+"\x00" {
			return true
		}
	}
	return false
}

// eventually waits for what others bring about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not so after a long time: %s", what)
		}
	}
}

// Whoever calls a script off kills it.
func TestRunCalledOff(t *testing.T) {
	t.Parallel()
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			ctx, cancel := context.WithCancel(context.Background())
			flag := w.path("begun")
			if w.device.SSH != nil {
				must(t, os.Chmod(w.root, 0o777))
			}
			go func() {
				eventually(t, "the script began", func() bool { _, err := os.Stat(flag); return err == nil })
				cancel()
			}()
			_, err := w.targets.Run(ctx, w.device, clm.Script{Inline: "touch " + quote(flag) + "; sleep 3600"})
			w.fails(err, clm.KindFailed, `device "web-1": the script was called off and killed`+
				` (what it did until then is done; look at the device, then correct the script or give it more time)`)
		})
	}
}

// A script that kills its own connection: nobody knows what it did, and the
// error says so. The next one gets another connection.
func TestRunKillsTheConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := theMachine().plain
	w.behind(sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP), u)
	script := "echo cutting; sleep 0.1; p=$$; while p=$(ps -o ppid= -p $p); do case $(ps -o comm= -p $p) in sshd) kill -9 $p; sleep 60;; esac; done"
	got, err := w.targets.Run(context.Background(), w.device, clm.Script{Inline: script})
	if err == nil {
		t.Fatalf("no error, but %+v", got)
	}
	if clm.KindOf(err) != clm.KindFailed || !strings.Contains(err.Error(), "the outcome of the script is unknown") ||
		!strings.Contains(err.Error(), "look at the device before it is run again") {
		t.Errorf("kind %s: %v", clm.KindOf(err), err)
	}
	if got.Output != "cutting\n" {
		t.Errorf("what it said until then is lost: %q", got.Output)
	}
	_, err = w.targets.Run(context.Background(), w.device, clm.Script{Inline: "true"})
	must(t, err)
}

// Scripts run where the files are.
func TestRunInTheRootDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.targets.Run(context.Background(), w.device, clm.Script{Inline: "pwd; echo $(ps -o pgid= -p $$) $$"})
	must(t, err)
	var pgid, pid int
	_, err = fmt.Sscanf(strings.TrimPrefix(got.Output, w.root+"\n"), "%d %d", &pgid, &pid)
	if err != nil || pgid != pid {
		t.Errorf("it ran in %q: %v", got.Output, err)
	}
	w.device = deviceAt(w.path("gone"))
	_, err = w.targets.Run(context.Background(), w.device, clm.Script{Inline: "true"})
	if clm.KindOf(err) != clm.KindUnreachable {
		t.Errorf("on a device that is not there: %v", err)
	}
}

// What cannot begin says why.
func TestRunDoesNotBegin(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	w.device.SSH.Sudo = true // which the plain user may not
	_, err := w.targets.Run(context.Background(), w.device, clm.Script{Inline: "true"})
	w.fails(err, clm.KindFailed, `device "web-1": the script did not begin: sudo: a password is required`+
		` (let the account run /bin/sh, with ssh.sudo = true through sudo without a password)`)
	for text, script := range map[string]clm.Script{
		"a script is either inline or a path on the device": {},
		`"bin/x" is not an absolute path`:                   {DevicePath: "bin/x"},
		`a script has no zero bytes`:                        {Inline: "a\x00b"},
		`"A B" is not a variable that a script can be told`: {Inline: "true", Env: map[string]string{"A B": "x"}},
		`"A;x" is not a variable that a script can be told`: {Inline: "true", Env: map[string]string{"A;x": "x"}},
		`"NUL" is not a variable that a script can be told`: {Inline: "true", Env: map[string]string{"NUL": "\x00"}},
	} {
		_, err := w.targets.Run(context.Background(), w.device, script)
		w.fails(err, clm.KindInvalid, text)
	}
}
