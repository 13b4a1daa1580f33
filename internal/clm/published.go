package clm

// Where relying parties find what is published, below the address of a server.
const (
	ListPath  = "/crl/"
	ListFile  = ".crl"
	DeltaFile = "-delta.crl"
	OCSPPath  = "/ocsp"
	CAPath    = "/ca/"
	CAFile    = ".cer"
)
