# What expires within 30 days.
data "clm_certificates" "expiring" {
  expires_within_hours = 720
}

output "expiring" {
  value = {
    for certificate in data.clm_certificates.expiring.certificates :
    certificate.name => certificate.validity_end_time
  }
}
