package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// way is how one device is reached.
type way struct {
	device string // its name, for messages
	root   string // for messages: what names are below
	remote bool   // the device's system is not this one: root is "/", and files have modes
	open   func(ctx context.Context) (disk, error)
	run    func(ctx context.Context, s clm.Script) (clm.ScriptResult, error)
}

// check asks one cheap question.
func (w *way) check(ctx context.Context) error {
	d, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if !w.remote {
		return nil // opening has asked it
	}
	_, err = d.Lstat(".")
	return w.failed("looking at", nothingChanged, err)
}

// at opens the place of a set on the device.
func (w *way) at(ctx context.Context, set clm.FileSet) (*place, error) {
	if err := checkSet(set); err != nil {
		return nil, err
	}
	d, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	return &place{disk: d, way: w, set: set}, nil
}
