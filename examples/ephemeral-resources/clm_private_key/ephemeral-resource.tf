data "clm_certificate" "shop" {
  name = "shop"
}

variable "handover_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

ephemeral "clm_private_key" "shop" {
  certificate_id = data.clm_certificate.shop.id
}

# Writes the key out under a password, once for each version of the certificate.
resource "terraform_data" "handover" {
  triggers_replace = data.clm_certificate.shop.fingerprint_sha256

  provisioner "local-exec" {
    command = "printf '%s' \"$PRIVATE_KEY\" | openssl pkey -aes256 -passout env:PASSWORD -out shop.key"
    environment = {
      PRIVATE_KEY = ephemeral.clm_private_key.shop.private_key_pem
      PASSWORD    = var.handover_password
    }
  }
}
