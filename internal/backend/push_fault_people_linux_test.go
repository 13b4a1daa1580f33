package backend_test

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// Faults that are somebody's doing: a file, a link, a script, another push, a word that
// comes too late.

func symlinkTricks() []fault {
	private := func(s *site) string { return s.path("etc/tls/.clm/" + s.connector) }
	return []fault{
		{name: "symlink trick: the key's name leads to another's file",
			comes:  func(s *site) { s.lay(s.victim(), s.path("etc/tls/shop.key")) },
			leaves: whollyNew, ends: (*site).unharmed},
		{name: "symlink trick: what is served leads elsewhere",
			comes:  func(s *site) { s.lay(s.path("etc"), private(s)+"/current") },
			leaves: whollyNew},
		{name: "symlink trick: the lock leads to another's file",
			comes: func(s *site) { s.lay(s.victim(), private(s)+"/lock") },
			says:  []string{`device "web-1"`, "lock: it is a symbolic link", "nothing was changed"}, leaves: identical,
			ends: func(s *site) { s.unharmed(); must(s.t, os.Remove(private(s)+"/lock")) }},
		{name: "symlink trick: our folder leads elsewhere",
			comes: func(s *site) {
				must(s.t, os.Rename(s.path("etc/tls/.clm"), s.path("away")))
				s.lay(s.path("away"), s.path("etc/tls/.clm"))
			},
			says: []string{`device "web-1"`, ".clm is not a directory of ours", "move it away, then try again"}, leaves: identical,
			ends: func(s *site) {
				must(s.t, os.Remove(s.path("etc/tls/.clm")))
				must(s.t, os.Rename(s.path("away"), s.path("etc/tls/.clm")))
			}},
		{name: "symlink trick: the directory leads in a circle",
			comes: func(s *site) {
				must(s.t, os.Rename(s.path("etc/tls"), s.path("away")))
				s.lay("tls", s.path("etc/tls"))
			},
			says: []string{`device "web-1"`, "is a symbolic link that cannot be followed", "replace it by a directory, or choose another one"}, leaves: identical,
			ends: func(s *site) {
				must(s.t, os.Remove(s.path("etc/tls")))
				must(s.t, os.Rename(s.path("away"), s.path("etc/tls")))
			}},
	}
}

// lay puts a link at a name, whatever was there.
func (s *site) lay(target, name string) {
	must(s.t, os.RemoveAll(name))
	must(s.t, os.Symlink(target, name))
	must(s.t, os.Lchown(name, s.user.UID, s.user.GID))
}

// victim is a file of somebody else's, that the account could write.
func (s *site) victim() string {
	must(s.t, os.WriteFile(s.path("victim"), []byte("mine\n"), 0o600))
	s.give("victim", s.user.UID, s.user.GID)
	return s.path("victim")
}

func (s *site) unharmed() {
	if text, err := os.ReadFile(s.path("victim")); err != nil || string(text) != "mine\n" {
		s.t.Errorf("another's file was written: %q, %v", text, err)
	}
}

func hooks() []fault {
	does := func(name, text string) func(*site) { return func(s *site) { s.hook(name, text) } }
	once := func(text string) string { return "test $CLM_STEP = restore || { " + text + "; }" } // not when what was there is taken in again
	const megabyte = "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo the end"
	const cuts = "p=$$; while p=$(ps -o ppid= -p $p); do case $(ps -o comm= -p $p) in sshd*) kill -9 $p; sleep 60;; esac; done"
	hasty := func(s *site) { s.wanted.Push.PreScript.TimeoutSeconds, s.wanted.Push.PostScript.TimeoutSeconds = 5, 5 }
	fine := func(s *site) { s.hook("pre_script", "true"); s.hook("post_script", "true") }
	const back = "what was there before is back, and was taken in"
	rows := []fault{
		{name: "hook that fails, before", comes: does("pre_script", "echo no room; exit 3"),
			says: []string{`the pre_script of connector "shop" ended on device "web-1" with exit code 3`, "no room", "the files were not touched; see to what the script complains about"}},
		{name: "hook that fails, after", comes: does("post_script", once("echo bad file; exit 3")),
			says: []string{`the post_script of connector "shop" ended on device "web-1" with exit code 3`, "bad file", back}},
		{name: "hook that fails, after and on the way back", comes: does("post_script", "echo no server; exit 3"),
			says: []string{"the post_script of", "no server", "the files of before are back, and having them taken in failed too", "see to the server on the device"}},
		{name: "hook that hangs, before", with: hasty, comes: does("pre_script", "echo waiting; sleep 60"),
			says: []string{`device "web-1": the script took longer than 5s and was killed`, "waiting", "correct the script or give it more time"}},
		{name: "hook that hangs, after", with: hasty, comes: does("post_script", once("echo waiting; sleep 60")),
			says: []string{`device "web-1": the script took longer than 5s and was killed`, "waiting", "correct the script or give it more time", back}},
		{name: "hook that prints a megabyte, and is well", comes: does("post_script", megabyte)},
		{name: "hook that prints a megabyte, and fails", comes: does("post_script", once(megabyte+"; exit 3")),
			says: []string{`on device "web-1" with exit code 3`, "xxx\nthe end", back}},
		{name: "hook that kills the connection, before", comes: does("pre_script", cuts),
			says: []string{`device "web-1": the outcome of the script is unknown`, "look at the device before it is run again"}},
		{name: "hook that kills the connection, after", comes: does("post_script", once(cuts)),
			says: []string{`device "web-1": the outcome of the script is unknown`, "look at the device before it is run again", back}},
	}
	for i := range rows {
		rows[i].leaves, rows[i].ends = identical, fine
		if rows[i].says == nil {
			rows[i].leaves = whollyNew
		}
	}
	return rows
}

func foreignFile() []fault {
	key := func(s *site) string { return s.path("etc/tls/shop.key") }
	return []fault{{
		name: "existing foreign file",
		first: func(s *site) string {
			must(s.t, os.Mkdir(s.path("etc/tls"), 0o755))
			clmtest.OpenSSL(s.t, s.path("etc/tls"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=theirs", "-keyout", key(s), "-out", "shop.crt")
			return ""
		},
		push: (*site).apply, leaves: identical,
		says: []string{`device "web-1"`, "is there already, and this connector did not put it there", "a file somebody else wrote is never touched; move it away, or choose another name"},
		ends: func(s *site) { must(s.t, os.RemoveAll(s.path("etc/tls"))) },
	}, {
		name: "foreign file in place of what was just pushed",
		comes: func(s *site) {
			s.when("after install", func() { must(s.t, os.WriteFile(s.path("etc/tls/shop.crt"), []byte("theirs\n"), 0o644)) })
		},
		says:   []string{`device "web-1" does not hold what was just written to shop.crt`, "something else writes there at the same time; find it", "what was there before is back, and was taken in"},
		leaves: identical,
	}}
}

func twoAtOnce() []fault {
	return []fault{
		{name: "two pushes to one place at once, of one estate", push: (*site).pushedTwice, leaves: whollyNew},
		{name: "two pushes to one place at once, of two estates",
			first: func(*site) string { return "" }, push: (*site).raced, leaves: whollyNew,
			says: []string{`device "web-1"`, "is kept by another connector", "choose another name or directory for one of the two"}},
	}
}

// pushedTwice has another process of the estate push while a push is under way.
func (s *site) pushedTwice() string {
	s.t.Helper()
	other, err := backend.Open(s.t.Context(), backend.Config{DataDir: s.Config.DataDir, Clock: s.Clock})
	must(s.t, err)
	var second api.PushResult
	var all sync.WaitGroup
	s.when("before install", func() {
		all.Go(func() { second, err = clmtest.NewClient(other, "test:carol").PushConnector(s.t.Context(), "shop") })
	})
	first := s.renew()
	all.Wait()
	must(s.t, err)
	must(s.t, other.Close())
	return first + second.Detail
}

// raced has two estates come to one place at the same moment. The site is that of the
// one who gets it; the other one's error is told.
func (s *site) raced() string {
	s.t.Helper()
	r := s.rival()
	over, end := context.WithCancel(s.t.Context())
	s.meets(r, over)
	var theirs string
	var all sync.WaitGroup
	all.Go(func() { theirs = r.apply(); end() })
	mine := s.apply()
	end()
	all.Wait()
	if (mine == "") == (theirs == "") {
		s.t.Errorf("one of them alone gets the place: %q, %q", mine, theirs)
	}
	if mine != "" {
		*s, *r = *r, *s
	}
	r.here.Close()
	return mine + theirs
}

// meets has two wait for each other before they install, unless one of them is over.
func (s *site) meets(r *site, over context.Context) {
	var both sync.WaitGroup
	both.Add(2)
	met := make(chan struct{})
	go func() { both.Wait(); close(met) }()
	for _, one := range []*site{s, r} {
		one.when("before install", func() {
			both.Done()
			select {
			case <-met:
			case <-over.Done():
			}
		})
	}
}

func approvals() []fault {
	return []fault{
		{name: "approval after expiry", with: (*site).policy, leaves: identical,
			push: func(s *site) string {
				s.renew()
				s.Clock.Advance(73 * time.Hour)
				return s.agree()
			},
			says: []string{"it expired at", "apply again: that makes another work order"}},
		{name: "approval after the certificate changed", with: (*site).policy, leaves: identical,
			push: func(s *site) string {
				s.renew()
				order := s.order()
				s.renew()
				return s.agreeTo(order)
			},
			says: []string{"what would be pushed is not what it was made for", "apply again: that makes another work order"}},
		{name: "a certificate revoked while its push waits", with: (*site).policy, leaves: identical,
			push: func(s *site) string {
				s.renew()
				_, err := s.RevokeCertificate(s.t.Context(), s.certificate, "key_compromise")
				must(s.t, err)
				return s.agree()
			},
			says: []string{`certificate "shop" is revoked: it is not pushed to "web-1"`, "apply the certificate first: a new one is enrolled"}},
	}
}
