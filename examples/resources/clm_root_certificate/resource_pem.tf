# A root of somebody else, to be trusted: without a private key it signs nothing.
resource "clm_root_certificate" "partner" {
  name            = "partner"
  certificate_pem = file("${path.root}/partner-root.pem")
}
