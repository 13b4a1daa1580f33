data "clm_certificate" "shop" {
  name = "shop"
}

# Private key, certificate and chain in one piece, as HAProxy wants them.
ephemeral "clm_certificate_bundle" "haproxy" {
  certificate_id = data.clm_certificate.shop.id
  format         = "pem"
}

resource "terraform_data" "haproxy" {
  triggers_replace = data.clm_certificate.shop.fingerprint_sha256

  provisioner "local-exec" {
    command = "umask 077 && printf '%s' \"$BUNDLE\" > haproxy.pem"
    environment = {
      BUNDLE = ephemeral.clm_certificate_bundle.haproxy.pem
    }
  }
}
