variable "renewal" {
  type    = string
  default = "first"
}

resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject               = { common_name = "Lab Root" }
    validity_period_hours = 87600
  }
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
  early_renewal_hours   = 720
  renewal_trigger       = var.renewal
}

resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${path.root}/devices/web-1" }
}

resource "clm_connector" "shop_web" {
  name           = "shop-web-1"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id

  file_system = {
    directory        = "etc/tls"
    certificate_file = "shop.crt"
    key_file         = "shop.key"
  }
}

# The new certificate does not work out:
# terraform apply -invoke=action.clm_roll_back_push.shop_web
action "clm_roll_back_push" "shop_web" {
  config {
    connector_id = clm_connector.shop_web.id
  }
}
