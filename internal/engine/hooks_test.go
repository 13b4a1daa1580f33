package engine_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// logs is a script that notes in which step it ran, and what it found in place.
const logs = `echo "$CLM_STEP $CLM_CONNECTOR of $CLM_CERTIFICATE: $(openssl x509 -noout -serial -in "$CLM_DIRECTORY/$CLM_CERTIFICATE_FILE" 2>/dev/null)" >> hooks.log`

// hooked has a certificate on a device, put there under these settings.
func hooked(t *testing.T, change func(*clm.Connector)) *stage {
	t.Helper()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	settings := clm.DefaultPushSettings()
	in.PushSettings = &settings
	change(&in)
	out := must2(s.CreateConnector(t.Context(), alice, in))
	must(t, out.Push.Err)
	must(t, os.Remove(s.path("web-1", "hooks.log")))
	return s
}

func after(script string) func(*clm.Connector) {
	return func(c *clm.Connector) { c.PushSettings.PostScript = &clm.Script{Inline: script} }
}

func before(c *clm.Connector) { c.PushSettings.PreScript = &clm.Script{Inline: logs} }

// hooks is what the scripts have noted.
func (s *stage) hooks() (lines []string) {
	s.t.Helper()
	content, err := os.ReadFile(s.path("web-1", "hooks.log"))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

// noted is a line of hooks.
func noted(step string, v clm.Version) string {
	return step + " shop of shop: serial=" + strings.ToUpper(v.SerialNumber)
}

func (s *stage) version(number int) clm.Version {
	s.t.Helper()
	return s.versions(s.row("shop").Certificate.ID)[number-1]
}

// changed is the connector with other settings, pushed.
func (s *stage) changed(change func(*clm.Connector)) error {
	s.t.Helper()
	c := s.settled()
	settings := c.Settings()
	c.PushSettings = &settings
	change(&c)
	out := must2(s.UpdateConnector(s.t.Context(), alice, "shop", c))
	return out.Push.Err
}

// The scripts of a push run on the device, before anything is touched and after
// everything is in place.
func TestHooks(t *testing.T) {
	t.Parallel()
	s := hooked(t, func(c *clm.Connector) {
		c.PushSettings.PreScript, c.PushSettings.PostScript = &clm.Script{Inline: logs}, &clm.Script{Inline: logs}
	})
	must2(s.renew("shop", "2"))
	if diff := cmp.Diff([]string{noted("pre_script", s.version(1)), noted("post_script", s.version(2))}, s.hooks()); diff != "" {
		t.Error(diff)
	}
	s.checkPushed()
}

// A script that fails leaves the device as it was, and says what it printed.
func TestHookFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*clm.Connector)
		hooks  func(s *stage) []string
	}{
		"pre_script": {
			func(c *clm.Connector) {
				c.PushSettings.PreScript = &clm.Script{Inline: logs + "; test ! -e full || { echo no room; exit 3; }"}
			},
			func(s *stage) []string { return []string{noted("pre_script", s.version(1))} },
		},
		"post_script": {
			after(logs + `; test "$CLM_STEP" = restore || test ! -e full || { echo no room; exit 3; }`),
			func(s *stage) []string {
				return []string{noted("post_script", s.version(2)), noted("restore", s.version(1))}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooked(t, func(c *clm.Connector) {
				after(logs)(c)
				tt.change(c)
			})
			must(t, os.WriteFile(s.path("web-1", "full"), nil, 0o600))
			before := s.files()
			out := must2(s.renew("shop", "2"))
			err := out.Pushes[0].Err
			if clm.KindOf(err) != clm.KindFailed || !strings.Contains(err.Error(), "the "+name+` of connector "shop" ended on device "web-1" with exit code 3 and printed:`+"\nno room") {
				t.Errorf("it says: %v", err)
			}
			if hint := map[string]string{"pre_script": "the files were not touched", "post_script": "what was there before is back"}[name]; !strings.Contains(err.Error(), hint) {
				t.Errorf("it does not say that %s: %v", hint, err)
			}
			if diff := cmp.Diff(tt.hooks(s), s.hooks()); diff != "" {
				t.Error(diff)
			}
			now := s.files()
			delete(now, "/web-1/hooks.log")
			if diff := cmp.Diff(before, now); diff != "" {
				t.Errorf("the device has changed: %s", diff)
			}
			if c := s.settled(); c.State != clm.PushFailed || c.Running != "" {
				t.Errorf("on record: %s, in the middle of %q", c.State, c.Running)
			}
			must(t, s.changed(func(c *clm.Connector) { c.PushSettings = nil }))
			s.checkPushed()
		})
	}
}

// A first push that fails leaves nothing.
func TestFirstPushFails(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	settings := clm.DefaultPushSettings()
	settings.PostScript = &clm.Script{Inline: "echo $CLM_STEP >> hooks.log; exit 1"}
	in.PushSettings = &settings
	out := must2(s.CreateConnector(t.Context(), alice, in))
	if err := out.Push.Err; err == nil || !strings.Contains(err.Error(), "what was there before is back") {
		t.Errorf("it says: %v", err)
	}
	if found := s.files(); len(found) != 1 || len(s.hooks()) != 1 {
		t.Errorf("left are %v; hooks %v", found, s.hooks())
	}
}

// A first push that fails puts the files of others back, which the server takes in
// again: it may have taken ours in before something else failed.
func TestFirstPushOverOthersFails(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	settings := clm.DefaultPushSettings()
	settings.Overwrite, settings.PostScript = true, &clm.Script{Inline: `echo "$CLM_STEP: $(head -n 1 "$CLM_DIRECTORY/$CLM_CERTIFICATE_FILE")" >> hooks.log`}
	in.PushSettings, in.Verify = &settings, &clm.Verification{Addresses: []string{"192.0.2.1:443"}, Protocol: "tls"}
	place := s.path("web-1", in.FileSystem.Place())
	must(t, os.MkdirAll(place, 0o755))
	must(t, os.WriteFile(place+"/"+in.FileSystem.CertificateFile, []byte("theirs\n"), 0o600))
	s.watcher.wrong = "it serves another certificate"
	if err := must2(s.CreateConnector(t.Context(), alice, in)).Push.Err; err == nil || !strings.Contains(err.Error(), "what was there before is back") {
		t.Errorf("it says: %v", err)
	}
	if diff := cmp.Diff([]string{"post_script: -----BEGIN CERTIFICATE-----", "restore: theirs"}, s.hooks()); diff != "" {
		t.Error(diff)
	}
}

// A server that goes on serving something else makes the push fail.
func TestVerifyFails(t *testing.T) {
	t.Parallel()
	s := hooked(t, func(c *clm.Connector) {
		after(logs)(c)
		c.Verify = &clm.Verification{Addresses: []string{"192.0.2.1:443", "192.0.2.2:443"}, Protocol: "tls"}
	})
	before := s.files()
	s.watcher.wrong = "it serves another certificate"
	out := must2(s.renew("shop", "2"))
	if err := out.Pushes[0].Err; err == nil || !strings.Contains(err.Error(), "192.0.2.2:443: it serves another certificate") {
		t.Errorf("it says: %v", err)
	}
	if diff := cmp.Diff([]string{noted("post_script", s.version(2)), noted("restore", s.version(1))}, s.hooks()); diff != "" {
		t.Error(diff)
	}
	must(t, os.Remove(s.path("web-1", "hooks.log")))
	if diff := cmp.Diff(before, s.files()); diff != "" {
		t.Errorf("the device has changed: %s", diff)
	}
	s.watcher.wrong = ""
	must(t, s.PushConnector(t.Context(), alice, "shop").Err)
	if c := s.settled(); len(c.Sightings) != 2 || !clm.AllInSync(c.Sightings) {
		t.Errorf("seen were %+v", c.Sightings)
	}
}

// Files that cannot be read back are not left in place. Where they have to be, because
// the device is away, that is said.
func TestReadBackFails(t *testing.T) {
	t.Parallel()
	t.Run("what was there comes back", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, after(logs))
		before := s.files()
		s.deployer.FailOnce("observe", full("web-1"))
		if err := must2(s.renew("shop", "2")).Pushes[0].Err; err == nil || !strings.Contains(err.Error(), "what was there before is back, and was taken in") {
			t.Errorf("it says: %v", err)
		}
		if diff := cmp.Diff([]string{noted("restore", s.version(1))}, s.hooks()); diff != "" {
			t.Error(diff)
		}
		must(t, os.Remove(s.path("web-1", "hooks.log")))
		if diff := cmp.Diff(before, s.files()); diff != "" {
			t.Errorf("the device has changed: %s", diff)
		}
	})
	t.Run("the device is away", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, after(logs))
		away := clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out")}
		s.deployer.FailOnce("observe", away)
		s.deployer.FailOnce("restore", away)
		err := must2(s.renew("shop", "2")).Pushes[0].Err
		if clm.KindOf(err) != clm.KindUnreachable || !strings.Contains(err.Error(), "web-1 is out (the new files are in place") {
			t.Errorf("it says: %v", err)
		}
		must(t, s.push())
		must(t, os.Remove(s.path("web-1", "hooks.log")))
		s.checkPushed()
	})
}

// cutOff is a push of a new version that died in the middle of its script.
func cutOff(t *testing.T, change func(*clm.Connector)) *stage {
	t.Helper()
	s := hooked(t, func(c *clm.Connector) {
		after(logs)(c)
		change(c)
	})
	s.deployer.FailOnce("install", full("web-1"))
	must2(s.renew("shop", "2"))
	s.store.failNext(2, true, true) // that the script begins is the last that is recorded
	for _, method := range []string{"run", "restore", "settle"} {
		s.deployer.Fail(method, full("web-1"))
	}
	if s.PushConnector(t.Context(), alice, "shop").Err == nil {
		t.Fatal("nothing failed")
	}
	next := openStage(t, s.folder, s.clock)
	if c := next.settled(); c.State != clm.Pushing || c.Running != clm.StepPostScript {
		t.Fatalf("on record: %s, in the middle of %q", c.State, c.Running)
	}
	return next
}

// A script that may have run is not run again by itself: somebody looks, or what is
// served tells, or the script says that it does no harm.
func TestPushDiesInAHook(t *testing.T) {
	t.Parallel()
	verified := func(c *clm.Connector) {
		c.Verify = &clm.Verification{Addresses: []string{"192.0.2.1:443"}, Protocol: "tls"}
	}
	for name, tt := range map[string]struct {
		change func(*clm.Connector)
		wrong  string // what is served, after the death
		runs   int    // of the script, before anybody looks
		asks   bool
	}{
		"nobody knows":    {func(*clm.Connector) {}, "", 0, true},
		"it is served":    {verified, "", 0, false},
		"another is":      {verified, "it serves another certificate", 0, true},
		"it does no harm": {func(c *clm.Connector) { c.PushSettings.PostScript.Repeatable = true }, "", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := cutOff(t, tt.change)
			s.watcher.wrong = tt.wrong
			err := s.PushConnector(t.Context(), alice, "shop").Err
			if asks := clm.KindOf(err) == clm.KindRefused; asks != tt.asks || !asks && err != nil {
				t.Fatalf("pushing again: %v", err)
			}
			if tt.asks && !strings.Contains(err.Error(), `terraform-provider-clm push "shop"`) {
				t.Errorf("it does not say what to do: %v", err)
			}
			if found, _ := os.ReadFile(s.path("web-1", "hooks.log")); strings.Count(string(found), "\n") != tt.runs {
				t.Errorf("the script ran: %s", found)
			}
			s.watcher.wrong = ""
			must(t, s.PushAgain(t.Context(), alice, "shop").Err)
			must(t, os.Remove(s.path("web-1", "hooks.log")))
			s.checkPushed()
		})
	}
}

// Whatever fails on the device during a push with a script, done or not: once it works
// again, the next push ends where an undisturbed one does.
func TestHookedPushSurvivesEveryFailure(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"run", "restore", "settle", "install", "observe", "preflight"} {
		for _, applied := range []bool{false, true} {
			t.Run(method+map[bool]string{false: " fails", true: " fails but applies"}[applied], func(t *testing.T) {
				t.Parallel()
				s := hooked(t, after(logs))
				if method == "restore" {
					s.deployer.Fail("run", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, trouble)})
				}
				s.deployer.Fail(method, clmtest.Fault{Err: clm.Errorf(clm.KindFailed, trouble), Applied: applied})
				if out := must2(s.renew("shop", "2")); out.Pushes[0].Err == nil {
					t.Error("nothing failed")
				}
				s.deployer.Fail(method, clmtest.Fault{})
				s.deployer.Fail("run", clmtest.Fault{})
				must(t, s.PushConnector(t.Context(), alice, "shop").Err)
				if lines := s.hooks(); lines[len(lines)-1] != noted("post_script", s.version(2)) {
					t.Errorf("it ran %v", lines)
				}
				must(t, os.Remove(s.path("web-1", "hooks.log")))
				s.checkPushed()
			})
		}
	}
}

// What is not to be pushed by itself waits for somebody to push.
func TestNotAutomatic(t *testing.T) {
	t.Parallel()
	s := hooked(t, func(c *clm.Connector) {
		after(logs)(c)
		c.PushSettings.Automatic = false
	})
	if out := must2(s.renew("shop", "2")); len(out.Pushes) != 0 {
		t.Errorf("pushed: %+v", out.Pushes)
	}
	seen := must2(s.ObserveConnector(t.Context(), "shop"))
	if seen.Sync.Reason != clm.ReasonPreviousCertificate || seen.Connector.WantsPush(seen.Sync) {
		t.Errorf("it is %+v, and wants a push: %v", seen.Sync, seen.Connector.WantsPush(seen.Sync))
	}
	must(t, s.PushAgain(t.Context(), alice, "shop").Err)
	must(t, os.Remove(s.path("web-1", "hooks.log")))
	s.checkPushed()
}

// A script that broke the connection may have done anything: it is not run again by
// itself, unless it says that this does no harm, or the files of before are back.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	gone := clm.NobodyKnows(clm.Errorf(clm.KindFailed, "the outcome of the script is unknown"))
	t.Run("of the script before", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, before)
		s.deployer.FailOnce("run", clmtest.Fault{Err: gone, Applied: true})
		must2(s.renew("shop", "2"))
		if err := s.push(); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "in the middle of its pre_script") {
			t.Errorf("pushed again: %v", err)
		}
		must(t, s.PushAgain(t.Context(), alice, "shop").Err)
		s.checkPushed()
	})
	t.Run("of one that may be repeated", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, func(c *clm.Connector) { before(c); c.PushSettings.PreScript.Repeatable = true })
		s.deployer.FailOnce("run", clmtest.Fault{Err: gone, Applied: true})
		must2(s.renew("shop", "2"))
		must(t, s.push())
		s.checkPushed()
	})
	t.Run("of the script after, and what was there is back", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, after(logs))
		s.deployer.FailOnce("run", clmtest.Fault{Err: gone, Applied: true})
		must2(s.renew("shop", "2"))
		must(t, s.push())
		s.checkPushed()
	})
	t.Run("of the script after, and the device is away", func(t *testing.T) {
		t.Parallel()
		s := hooked(t, after(logs))
		s.deployer.FailOnce("run", clmtest.Fault{Err: gone, Applied: true})
		s.deployer.FailOnce("restore", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out")})
		must2(s.renew("shop", "2"))
		if err := s.push(); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "in the middle of its post_script") {
			t.Errorf("pushed again: %v", err)
		}
	})
	t.Run("of the script after, and what is served tells", func(t *testing.T) {
		t.Parallel()
		s := serving(t)
		s.deployer.FailOnce("run", clmtest.Fault{Err: gone, Applied: true})
		s.deployer.FailOnce("restore", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out")})
		must2(s.renew("shop", "2"))
		must(t, s.push())
		must(t, os.Remove(s.path("web-1", "hooks.log")))
		s.checkPushed()
	})
}
