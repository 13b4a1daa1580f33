package api

import "time"

// CheckInGateway is what the process of an internet gateway states: the trust by which it
// lets agents in, and which configuration it works by. It is answered 204 when there is
// nothing new, and its revocation lists are the newest.
type CheckInGateway struct {
	Tag       string    `json:"tag,omitempty" maxLength:"64" doc:"of the configuration it has; empty for none"`
	Digest    string    `json:"digest,omitempty" maxLength:"64" doc:"SHA-256 of the trust bundle it carries; empty for none"`
	Refresh   string    `json:"refresh,omitempty" maxLength:"64" doc:"something of its own for each refresh by hand, stated until it was answered; empty for none"`
	Inventory Inventory `json:"inventory"`
}

// GatewayConfiguration is what an internet gateway works by.
type GatewayConfiguration struct {
	Tag                    string       `json:"tag" doc:"changes with anything in it"`
	Name                   string       `json:"name"`
	Addresses              []string     `json:"addresses,omitempty" doc:"by which agents reach it"`
	CheckInIntervalSeconds int64        `json:"check_in_interval_seconds" doc:"how often to check in"`
	AutoRefresh            bool         `json:"auto_refresh" doc:"whether to take another bundle in by itself"`
	Trust                  GatewayTrust `json:"trust" doc:"what its communication profile publishes"`
	ServerCAPEM            string       `json:"server_ca_pem" doc:"whom to trust to be the server"`
	RevocationLists        [][]byte     `json:"revocation_lists" doc:"of all certificates that sign those of agents, each complete, in DER"`
	RenewAt                *time.Time   `json:"renew_at,omitempty" doc:"when to renew its certificate; absent: not yet"`
}

// GatewayTrust is a trust bundle as a gateway carries it.
type GatewayTrust struct {
	Epoch  int64  `json:"epoch" doc:"rises with each bundle of the profile"`
	Digest string `json:"digest" doc:"SHA-256 of the bundle"`
	PEM    string `json:"pem" doc:"its certificates"`
}
