package main_test

const (
	// labRoot is a root that the backend makes.
	labRoot = `
resource "clm_root_certificate" "lab" {
  name                = "lab"
  self_signed         = { subject = { common_name = "Lab Root" }, validity_period_hours = 87600 }
  deletion_protection = false
}
`
	// labShop is a certificate of it.
	labShop = labRoot + `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
}
`
	// sshKeyVariable is how a configuration is given the key of an account.
	sshKeyVariable = `
variable "ssh_key" {
  type      = string
  sensitive = true
  ephemeral = true
}
`
)
