package api

import "time"

// FileSystem is a location for files on a device, and the form they have there.
type FileSystem struct {
	Format          string `json:"format" doc:"pem, der, pkcs7, pkcs12 or jks"`
	Directory       string `json:"directory" doc:"below the device's root directory"`
	CertificateFile string `json:"certificate_file,omitempty"`
	KeyFile         string `json:"key_file,omitempty"`
	ChainFile       string `json:"chain_file,omitempty"`

	StoreFile           string   `json:"store_file,omitempty" doc:"of a key store: the one file"`
	Alias               string   `json:"alias,omitempty" doc:"of the private key in a key store; empty: the certificate's name"`
	RootAlias           string   `json:"root_alias,omitempty" doc:"of the root in a key store; empty: it is not put in"`
	IntermediateAliases []string `json:"intermediate_aliases,omitempty" doc:"of the intermediates that are to be entries of their own, the issuer first"`
	PKCS12Profile       string   `json:"pkcs12_profile,omitempty" doc:"how a PKCS#12 file is encrypted: modern, legacy or auto"`
	PasswordVersion     int64    `json:"password_version,omitempty" doc:"what the owner calls the password of the key store, to know it again"`
	KeyPasswordVersion  int64    `json:"key_password_version,omitempty" doc:"what the owner calls the password of the private key, to know it again"`

	Owner string `json:"owner,omitempty" doc:"user on the device that owns the files"`
	Group string `json:"group,omitempty" doc:"group on the device that the files belong to"`
	Mode  string `json:"mode,omitempty" doc:"permission bits of files with a private key, octal"`
}

// StoreSecrets are the passwords of a key store. One that is absent stays what it is.
type StoreSecrets struct {
	Password           *string `json:"password,omitempty" doc:"of the key store"`
	PrivateKeyPassword *string `json:"private_key_password,omitempty" doc:"of the private key in a Java key store; empty: the same"`
}

// PushSettings say how a connector's certificate gets to its device.
type PushSettings struct {
	Automatic    bool    `json:"automatic" doc:"whether a new version is pushed by itself"`
	Overwrite    bool    `json:"overwrite,omitempty" doc:"whether files that are not ours may be replaced"`
	IncludeChain bool    `json:"include_chain" doc:"whether the intermediates follow the certificate, where they have no file of their own"`
	PreScript    *Script `json:"pre_script,omitempty" doc:"runs before anything is touched"`
	PostScript   *Script `json:"post_script,omitempty" doc:"has the device take the new files in"`
	Comments     string  `json:"comments,omitempty" doc:"what the owner notes"`

	ApprovalPolicyID     string     `json:"approval_policy_id,omitempty" doc:"how many people have to agree; empty: nobody has to"`
	ManualImplementation bool       `json:"manual_implementation,omitempty" doc:"whether what is approved waits until somebody implements it"`
	ScheduledAt          *time.Time `json:"scheduled_at,omitempty" doc:"what is approved waits for this time"`
}

// Script is a hook that runs on a device.
type Script struct {
	Inline         string `json:"inline,omitempty" doc:"text for /bin/sh"`
	DevicePath     string `json:"device_path,omitempty" doc:"program that is on the device"`
	TimeoutSeconds int64  `json:"timeout_seconds,omitempty" doc:"how long it may take; 0: a minute"`
	Repeatable     bool   `json:"repeatable,omitempty" doc:"whether running it twice does no harm"`
}

// Verification is where a server is to be seen serving the certificate.
type Verification struct {
	Addresses  []string `json:"addresses" doc:"each as host:port"`
	ServerName string   `json:"server_name,omitempty" doc:"asked for by SNI; empty: the certificate's first DNS name"`
	Protocol   string   `json:"protocol" doc:"tls, smtp, imap, pop3 or postgresql"`
}

// Sighting is what was served at one address.
type Sighting struct {
	Address           string    `json:"address" doc:"IP address and port"`
	Status            string    `json:"status"`
	Reason            string    `json:"reason,omitempty"`
	FingerprintSHA256 string    `json:"fingerprint_sha256,omitempty"`
	Detail            string    `json:"detail,omitempty"`
	At                time.Time `json:"at"`
}
