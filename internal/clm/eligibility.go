package clm

// Cloud is a certificate store of a cloud service, in place of a machine.
type Cloud struct {
	Service string `json:"service"`
}

// RequestSource says where the key pair of a version was made, and its request signed;
// "" is here.
type RequestSource string

// RequestEndpoint is on the device that is to have it, which keeps the key.
const RequestEndpoint RequestSource = "endpoint"

// Eligible refuses, with the reason, a certificate that must not be pushed to a device.
// current is its current version. A cloud service takes only certificates whose private
// key is here, and never one that was asked for on an endpoint (seed 003).
func (c Connector) Eligible(device Device, certificate string, current *Version) error {
	if err := device.MayPush(); err != nil {
		return err
	}
	switch {
	case current == nil || current.State == VersionRevoked:
		return Errorf(KindRefused, "certificate %q is revoked: it is not pushed to %q", certificate, device.Name).
			WithHint("apply the certificate first: a new one is enrolled in place of a revoked one")
	case current.State == VersionOnHold:
		return Errorf(KindRefused, "certificate %q is on hold: it is not pushed to %q", certificate, device.Name).
			WithHint("release it, or revoke it and apply the certificate")
	case device.Cloud != nil && current.Request == RequestEndpoint:
		return Invalid("certificate_id", "certificate %q was asked for on an endpoint: cloud service %q does not take it", certificate, device.Name).
			WithHint("have the key made by the backend")
	case current.KeyID != "":
		return nil
	case device.Cloud != nil:
		return Invalid("certificate_id", "the private key of certificate %q is not held here: cloud service %q does not take it", certificate, device.Name)
	case c.FileSystem.HoldsKey():
		return Invalid("file_system", "the private key of certificate %q is not held here", certificate)
	}
	return nil
}
