# A root made here: its private key is made in the backend and never leaves it.
resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject = {
      common_name  = "Lab Root"
      organization = "Example"
      country      = "NL"
    }
    key_algorithm         = "ECDSA"
    ecdsa_curve           = "P384"
    validity_period_hours = 87600 # ten years
  }
}
