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
}

resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${path.root}/devices/web-1" }
}

resource "clm_approval_policy" "one" {
  name   = "one"
  levels = 1
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

  push = {
    approval_policy_id = clm_approval_policy.one.id
  }
}

# As somebody else than the one who applied, with CLM_PRINCIPAL or an account of their own:
# terraform apply -invoke=action.clm_approve.shop_web
action "clm_approve" "shop_web" {
  config {
    work_order_id = clm_connector.shop_web.work_order_id
  }
}
