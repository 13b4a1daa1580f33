package backend_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// faultTable is in the order of the list of faults that it proves.
func faultTable(t *testing.T, user *sshd.User) []fault {
	return slices.Concat(
		[]fault{wrongHostKey(t, user), wrongCredential(t)}, hostDown(), diskFull(), readOnly(), directoryMissing(), symlinkTricks(),
		hooks(), foreignFile(), twoAtOnce(), clockSkew(), approvals(), providerKilled(), deviceDies(),
	)
}

func wrongHostKey(t *testing.T, user *sshd.User) fault {
	other := sshd.Start(t, []*sshd.User{user}, sshd.InternalSFTP)
	return fault{
		name: "wrong host key",
		comes: func(s *site) {
			s.wire.to(loopback(other))
			servers.Await(s.t, "end of the connection that was kept", func() bool {
				d, err := s.InspectDevice(s.t.Context(), "web-1")
				return err == nil && strings.Contains(d.StatusDetail, "another host key")
			})
		},
		says:   []string{`device "web-1"`, "shows another host key", "somebody may be listening in between", "correct the host key; nothing was sent"},
		leaves: identical,
		ends:   func(s *site) { s.wire.to(loopback(s.sshd)) },
	}
}

func wrongCredential(t *testing.T) fault {
	stranger, err := sshd.NewUser("stranger")
	must(t, err)
	t.Cleanup(stranger.Remove)
	return fault{
		name:   "wrong credential",
		comes:  func(s *site) { s.logsInWith(stranger.Key) },
		says:   []string{`device "web-1"`, "does not accept the credential of", "correct the credential, or the account on the device"},
		leaves: identical,
		ends:   func(s *site) { s.logsInWith(s.user.Key) },
	}
}

// atEachStep is a fault before, in and after each step. To install is to back up, to
// stage and to commit: it comes at several places of that.
func atEachStep(name string, row fault, act func(*site)) (rows []fault) {
	add := func(where string, leaves outcome, comes func(*site)) {
		row.name, row.leaves, row.comes = name+" "+where, leaves, comes
		rows = append(rows, row)
	}
	for i, step := range pushSteps {
		before, in, after, places := whollyNew, whollyNew, whollyNew, []int{4}
		if switches := slices.Index(pushSteps, "install"); i < switches {
			before, in, after = identical, unseen, identical
		} else if i == switches {
			before, in, places = identical, eitherWay, []int{1, 3, 5, 7}
		}
		add("before "+step, before, func(s *site) { s.when("before "+step, func() { act(s) }) })
		for _, eighths := range places {
			add(fmt.Sprintf("in %s, at %d/8", step, eighths), in, func(s *site) { s.in(step, eighths, func() { act(s) }) })
		}
		add("after "+step, after, func(s *site) { s.when("after "+step, func() { act(s) }) })
	}
	return rows
}

func hostDown() []fault {
	up := func(s *site) { s.wire.up() }
	rows := atEachStep("host down", fault{ends: up}, func(s *site) { s.wire.down() })
	for i := range rows {
		rows[i].says = downSays(rows[i].name)
	}
	return rows
}

// downSays is what is said of a device that is away: also, once the files have
// switched, that they have.
func downSays(name string) []string {
	switch name {
	case "host down in pre_script, at 4/8":
		return []string{`device "web-1"`, "the outcome of the script is unknown", "look at the device before it is run again"}
	case "host down after settle": // nothing was left to do
		return nil
	case "host down after install", "host down before observe", "host down in observe, at 4/8", "host down after observe",
		"host down before post_script", "host down in post_script, at 4/8":
		return []string{`device "web-1"`, "device is up", "the new files are in place"}
	}
	return []string{`device "web-1"`, "device is up"}
}

func diskFull() []fault {
	fill := func(s *site) { _ = os.WriteFile(s.path("ballast"), make([]byte, 2<<20), 0o600) } // as far as there is room
	says := []string{`device "web-1"`, "no space left on device", "free space on the disk, then try again"}
	free := func(s *site) { must(s.t, os.Remove(s.path("ballast"))) }
	return []fault{
		{name: "disk full", comes: fill, says: append(says, "nothing was changed"), leaves: identical, ends: free},
		{name: "disk full in the middle of the push", comes: func(s *site) { s.when("before install", func() { fill(s) }) },
			says: append(says, "the previous files are unchanged"), leaves: identical, ends: free},
	}
}

func readOnly() []fault {
	mount := func(flags uintptr) func(*site) {
		return func(s *site) { must(s.t, syscall.Mount("", s.root, "", syscall.MS_REMOUNT|flags, "")) }
	}
	lock := mount(syscall.MS_RDONLY)
	says := []string{`device "web-1"`, "read-only file system", "make the file system writable, then try again"}
	return []fault{
		{name: "read-only path", comes: lock, says: append(says, "nothing was changed"), leaves: identical, ends: mount(0)},
		{name: "read-only path in the middle of the push", comes: func(s *site) { s.when("before install", func() { lock(s) }) },
			says: append(says, "nothing was changed"), leaves: identical, ends: mount(0)},
		{name: "read-only path, to the account", comes: func(s *site) { s.give("etc/tls/.clm/"+s.connector, 0, 0) },
			says:   []string{`device "web-1"`, "permission denied", "let the account write there, or set ssh.sudo = true"},
			leaves: identical, ends: func(s *site) { s.give("etc/tls/.clm/"+s.connector, s.user.UID, s.user.GID) }},
	}
}

func (s *site) give(name string, uid, gid int) { must(s.t, os.Chown(s.path(name), uid, gid)) }

func directoryMissing() []fault {
	move := func(from, to string) func(*site) {
		return func(s *site) { must(s.t, os.Rename(s.path(from), s.path(to))) }
	}
	return []fault{
		{name: "directory missing", comes: func(s *site) { must(s.t, os.RemoveAll(s.path("etc/tls"))) }, leaves: whollyNew},
		{name: "directory missing, a file in its place",
			comes: func(s *site) {
				move("etc/tls", "away")(s)
				must(s.t, os.WriteFile(s.path("etc/tls"), []byte("mine\n"), 0o600))
			},
			says: []string{`device "web-1"`, "etc/tls is not a directory", "move it away, or choose another directory"}, leaves: identical,
			ends: func(s *site) { must(s.t, os.Remove(s.path("etc/tls"))); move("away", "etc/tls")(s) }},
	}
}

func clockSkew() []fault {
	touch := func(year int) func(*site) {
		return func(s *site) { s.touch(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) }
	}
	ours := func(d time.Duration) func(*site) { return func(s *site) { s.Clock.Advance(d) } }
	return []fault{
		{name: "clock skew: the device lives in the past", comes: touch(1980), leaves: whollyNew},
		{name: "clock skew: the device lives in the future", comes: touch(2100), leaves: whollyNew},
		{name: "clock skew: our clock goes back", comes: ours(-48 * time.Hour), leaves: whollyNew},
		{name: "clock skew: our clock runs ahead", comes: ours(48 * time.Hour), leaves: whollyNew},
	}
}

func providerKilled() []fault {
	rows := atEachStep("kill -9", fault{push: (*site).killed}, (*site).kill)
	return append(rows, fault{
		name:   "kill -9 in a post_script that is not repeatable",
		with:   func(s *site) { s.wanted.Push.PostScript.Repeatable = false },
		comes:  func(s *site) { s.in("post_script", 4, s.kill) },
		push:   func(s *site) string { s.killed(); return s.apply() },
		says:   []string{`connector "shop" ended in the middle of its post_script`, "look at the device; then push again by the action clm_push"},
		leaves: whollyNew,
		ends: func(s *site) {
			_, err := s.PushConnector(s.t.Context(), "shop")
			must(s.t, err)
		},
	})
}

func deviceDies() []fault {
	return []fault{{
		name:   "the device dies between commit and reload",
		comes:  func(s *site) { s.when("before post_script", func() { s.wire.down(); s.sshd.Break() }) },
		says:   []string{`device "web-1" does not answer`, "see that the device is up", "the new files are in place"},
		leaves: whollyNew,
		ends:   func(s *site) { s.wire.up() },
	}}
}
