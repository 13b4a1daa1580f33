package target

import (
	"context"
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// remote is a device that is reached through its SSH server.
type remote struct {
	device string
	ssh    clm.SSH
	pool   *pool
	wrap   func(disk) disk
}

func newRemote(d clm.Device, p *pool, wrap func(disk) disk) *way {
	r := &remote{device: d.Name, ssh: *d.SSH, pool: p, wrap: wrap}
	return &way{device: d.Name, root: "/", remote: true, open: r.open, run: r.run}
}

// open takes a share of the connection for one act.
func (r *remote) open(ctx context.Context) (disk, error) {
	c, leave, err := r.join(ctx)
	if err != nil {
		return nil, err
	}
	files, err := c.sftp()
	if err != nil {
		leave()
		return nil, r.unusable(err)
	}
	return r.wrap(&sshDisk{ctx: ctx, conn: c, sftp: files, way: r, close: func() error { leave(); return nil }}), nil
}

// join is for whatever uses the connection; leave ends that.
func (r *remote) join(ctx context.Context) (c *conn, leave func(), err error) {
	c, put, err := r.pool.get(ctx, r.ssh)
	if err != nil {
		return nil, nil, r.unusable(err)
	}
	if err := c.begin(ctx); err != nil {
		put()
		return nil, nil, r.unusable(clm.Errorf(clm.KindFailed, "waiting for others to be done there").Because(err))
	}
	return c, func() { c.end(); put() }, nil
}

// unusable says of which device it is that it cannot be reached.
func (r *remote) unusable(err error) error {
	var broken *lost
	if errors.As(err, &broken) {
		err = clm.Errorf(clm.KindUnreachable, "%v", broken).WithHint("see that the device is up and reachable, then try again")
	}
	var complete *clm.Error
	if !errors.As(err, &complete) {
		complete = clm.Errorf(clm.KindFailed, "connecting").Because(err)
	}
	if complete.Kind == clm.KindInvalid {
		return complete
	}
	what := "cannot be used"
	if complete.Kind == clm.KindUnreachable {
		what = "does not answer"
	}
	named := clm.Errorf(complete.Kind, "device %q %s: %s", r.device, what, complete.Message)
	named.Err, named.Hint = complete.Err, complete.Hint
	return named
}
