package engine

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// Clock tells the time. Tests move it.
type Clock interface{ Now() time.Time }

// Sealer protects secrets at rest. A sealed secret opens only under the id it
// was sealed for.
type Sealer interface {
	Seal(id string, plain []byte) ([]byte, error)
	Open(id string, sealed []byte) ([]byte, error)
}

// Issuer signs leaf certificates. It keeps nothing: a signature that is not
// recorded afterwards is lost without harm.
type Issuer interface {
	Issue(ctx context.Context, req pki.LeafRequest, ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, error)
}

// Prober looks at what servers serve, and answers one sighting for each address
// there is.
type Prober interface {
	// Look looks once.
	Look(ctx context.Context, v clm.Verification, expected clm.Version) []clm.Sighting
	// Watch gives servers a while to take a new certificate in.
	Watch(ctx context.Context, v clm.Verification, expected clm.Version) []clm.Sighting
}

// Deployer puts files on devices and looks at them. A device that does not
// answer is clm.KindUnreachable from every method; any other failure is
// clm.KindFailed, or clm.KindExists for a file that is not ours.
type Deployer interface {
	// Check tells whether the device answers.
	Check(ctx context.Context, device clm.Device) error
	// Preflight tells whether Install could work, and leaves nothing behind.
	Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error
	// Observe reads what is there now.
	Observe(ctx context.Context, device clm.Device, set clm.FileSet) ([]clm.ObservedFile, error)
	// Install makes the set's files what they should be, all at one instant. It
	// may be repeated after a crash at any point.
	Install(ctx context.Context, device clm.Device, set clm.FileSet) error
	// Remove takes our files away; files that are gone already are no error.
	Remove(ctx context.Context, device clm.Device, set clm.FileSet) error
	// Identify tells the host key a device's SSH server shows, as in authorized_keys(5).
	Identify(ctx context.Context, device clm.Device) (hostKey string, err error)
	// Restore puts back what the last Install of the set replaced; Settle forgets it. Both may be repeated.
	Restore(ctx context.Context, device clm.Device, set clm.FileSet) error
	Settle(ctx context.Context, device clm.Device, set clm.FileSet) error
	// Run runs a hook. A script that ran has an exit code, whatever it is; an error means that what it did is not known,
	// or that it did not begin (kinds: unreachable when it surely did not begin).
	Run(ctx context.Context, device clm.Device, script clm.Script) (clm.ScriptResult, error)
}
