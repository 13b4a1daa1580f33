data "clm_certificate" "shop" {
  name = "shop"
}

variable "pfx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The same as a PFX, as Windows and Java want it.
ephemeral "clm_certificate_bundle" "iis" {
  certificate_id = data.clm_certificate.shop.id
  format         = "pkcs12"
  password       = var.pfx_password
}

resource "terraform_data" "iis" {
  triggers_replace = data.clm_certificate.shop.fingerprint_sha256

  provisioner "local-exec" {
    command = "umask 077 && printf '%s' \"$BUNDLE\" | base64 -d > shop.pfx"
    environment = {
      BUNDLE = ephemeral.clm_certificate_bundle.iis.content_base64
    }
  }
}
