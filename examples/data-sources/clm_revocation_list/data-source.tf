data "clm_certificate" "shop" {
  name = "shop"
}

# What servers that verify client certificates load, such as nginx by ssl_crl.
data "clm_revocation_list" "lab" {
  root_certificate_id = data.clm_certificate.shop.issuer_id
}

output "crl_pem" {
  value = data.clm_revocation_list.lab.crl_pem
}

output "revoked" {
  value = {
    for certificate in data.clm_revocation_list.lab.revoked :
    certificate.serial_number => certificate.reason
  }
}
