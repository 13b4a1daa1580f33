package engine_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// meeting is a Deployer that installs nowhere until so many devices are to be
// installed on at the same time.
type meeting struct {
	engine.Deployer

	all chan struct{} // closed when every device is there

	mu      sync.Mutex
	missing int
	busy    map[string]int // installs on a device that are under way
	crowded bool           // more than one on one device
}

func newMeeting(of engine.Deployer, devices int) *meeting {
	return &meeting{Deployer: of, all: make(chan struct{}), missing: devices, busy: map[string]int{}}
}

func (m *meeting) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	m.arrive(device.Name)
	defer m.leave(device.Name)
	select {
	case <-m.all:
		return m.Deployer.Install(ctx, device, set)
	case <-time.After(time.Minute):
		return clm.Errorf(clm.KindFailed, "%s is alone", device.Name)
	}
}

func (m *meeting) arrive(device string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.busy[device]; !known {
		if m.missing--; m.missing == 0 {
			close(m.all)
		}
	}
	m.busy[device]++
	m.crowded = m.crowded || m.busy[device] > 1
}

func (m *meeting) leave(device string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy[device]--
}

// A renewed certificate goes to its devices at the same time, and to one device one
// push after the other. What became of each is told in the order of the connectors.
func TestDevicesArePushedToAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop := s.certificate("shop", s.root("lab"))
	var want []string
	for _, name := range []string{"web-1", "web-2", "web-3"} {
		device := s.device(name)
		for place := range 3 {
			want = append(want, fmt.Sprintf("%s-%d", name, place))
			s.connector(want[len(want)-1], shop, device)
		}
	}
	m := newMeeting(s.deployer.Deployer, 3)
	s.deployer.Deployer = m
	out, err := s.renew("shop", "2")
	must(t, err)
	if len(out.Pushes) != len(want) {
		t.Fatalf("%d pushes, want %d", len(out.Pushes), len(want))
	}
	for i, push := range out.Pushes {
		if push.Err != nil || push.Connector.Name != want[i] {
			t.Errorf("push %d is of %s, want %s: %v", i, push.Connector.Name, want[i], push.Err)
		}
	}
	if m.crowded {
		t.Error("two pushes were on one device at the same time")
	}
	s.checkTrail()
}

// What a renewal has pushed is not pushed, nor taken in, again by an update of the
// connector that changes nothing. Where the device lacks something, it is.
func TestAnUpdateThatChangesNothing(t *testing.T) {
	t.Parallel()
	s := hooked(t, after(logs))
	must2(s.renew("shop", "2"))
	once := []string{noted("post_script", s.version(2))}
	out := must2(s.UpdateConnector(t.Context(), alice, "shop", s.settled()))
	if out.Push.Err != nil || out.Push.Device.Name != "web-1" || out.Connector.LastPush.Version != 2 {
		t.Errorf("the update says %+v", out)
	}
	if diff := cmp.Diff(once, s.hooks()); diff != "" {
		t.Errorf("after the update (-want +got):\n%s", diff)
	}

	must(t, os.Remove(s.path("web-1", "etc/shop/tls.crt")))
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", s.settled())).Push.Err)
	if diff := cmp.Diff(append(once, once...), s.hooks()); diff != "" {
		t.Errorf("with a file missing (-want +got):\n%s", diff)
	}
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		t.Errorf("the device is %s: %s", sync.Status, sync.Reason)
	}
	s.checkTrail()
}
