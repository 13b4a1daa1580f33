package target

import (
	"context"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Full, read-only and other trouble, in the words the user reads.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op, at string
		err    error
		text   string
	}{
		"full": {
			"write", "/key.pem", errno("no space left on device"),
			`writing ROOT/etc/tls/key.pem: no space left on device (the previous files are unchanged; free space on the disk, then try again)`,
		},
		"read-only": {
			"mkdir", "/v-", errno("read-only file system"),
			`creating ROOT/etc/tls/.clm/` + owner + `/v-*: read-only file system` +
				` (the previous files are unchanged; make the file system writable, then try again)`,
		},
		"denied": {
			"rename", "/current", errno("permission denied"),
			`switching ROOT/etc/tls/.clm/` + owner + `/current: permission denied` +
				` (the previous files are unchanged; let the user this process runs as write there, then try again)`,
		},
		"not durable": {
			"syncdir", "etc/tls", errno("input/output error"),
			`syncing ROOT/etc/tls: input/output error (the previous files are unchanged; see to the disk, then try again)`,
		},
		"old files stay": {
			"removeall", "/v-", errno("input/output error"),
			`removing ROOT/etc/tls/.clm/` + owner + `/v-*: input/output error (the new files are in place; see to the disk, then try again)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDisk(t, func(t *testing.T, w *world) {
				w.install(setOf(1))
				w.targets = withHook(func(op, name string, do func() error) error {
					if op == c.op && (name == c.at || c.at[0] == '/' && strings.Contains(name, c.at)) {
						return c.err
					}
					return do()
				})
				err := w.targets.Install(context.Background(), w.device, setOf(2))
				w.fails(err, clm.KindFailed, `installing on device "web-1": `+c.text)
			})
		})
	}
}

// What would stop an install stops Preflight, which then leaves no trace.
func TestPreflightTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op, at string
		err    error
		text   string
	}{
		"full": {
			"write", "/next-", errno("no space left on device"),
			`trying to write in ROOT/etc/tls/.clm/` + owner + `: no space left on device` +
				` (nothing was changed; free space on the disk, then try again)`,
		},
		"directory denied": {
			"symlink", "/.clm-try-", errno("permission denied"),
			`trying to link in ROOT/etc/tls: permission denied` +
				` (nothing was changed; let the user this process runs as write there, then try again)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDisk(t, func(t *testing.T, w *world) {
				w.install(withoutChain(setOf(1)))
				before := w.tree()
				w.targets = withHook(func(op, name string, do func() error) error {
					if op == c.op && strings.Contains(name, c.at) {
						return c.err
					}
					return do()
				})
				w.fails(w.targets.Preflight(context.Background(), w.device, setOf(2)), clm.KindFailed,
					`preparing device "web-1": `+c.text)
				if got := w.tree(); got != before {
					t.Errorf("changed\n%sto\n%s", before, got)
				}
			})
		})
	}
}
