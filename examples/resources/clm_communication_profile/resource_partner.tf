# Trust in an authority outside the estate: its certificate alone.
resource "clm_communication_profile" "partners" {
  name                        = "partners"
  additional_certificates_pem = [file("${path.root}/partner-root.pem")]
  trust_store                 = { directory = "etc/ssl/partners" }
}
