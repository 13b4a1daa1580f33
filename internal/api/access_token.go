package api

import "time"

// AccessToken lets a program in. Its secret is not part of it.
type AccessToken struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" doc:"who is recorded as token:<name>"`
	Role      string     `json:"role" doc:"viewer, operator, approver or administrator"`
	Status    string     `json:"status" doc:"active, expired or revoked"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	UsedOn    *time.Time `json:"used_on,omitempty" doc:"the day of its last use; absent before the first"`
}

// CreateAccessToken asks for a new access token.
type CreateAccessToken struct {
	Name           string `json:"name"`
	Role           string `json:"role" doc:"viewer, operator, approver or administrator"`
	ExpiresSeconds int64  `json:"expires_seconds" minimum:"1" maximum:"63244800" doc:"how long it lets in"`
}

// NewAccessToken is an access token with its secret, which is shown this once.
type NewAccessToken struct {
	AccessToken AccessToken `json:"access_token"`
	Secret      string      `json:"secret" doc:"sent as Authorization: Bearer; nobody sees it again"`
}

// Principal is who asks, as the audit trail records it.
type Principal struct {
	Name string `json:"name"`
	Role string `json:"role" doc:"viewer, operator, approver or administrator"`
}
