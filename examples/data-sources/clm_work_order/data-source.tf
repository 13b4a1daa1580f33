resource "clm_root_certificate" "pay" {
  name        = "pay"
  self_signed = { subject = { common_name = "Pay Root" }, validity_period_hours = 87600 }
}

resource "clm_certificate" "pay" {
  name                  = "pay"
  issuer_id             = clm_root_certificate.pay.id
  dns_names             = ["pay.example.com"]
  validity_period_hours = 2160
}

resource "clm_device" "pay" {
  name  = "web-2"
  local = { root_directory = "${path.root}/devices/web-2" }
}

resource "clm_approval_policy" "two" {
  name = "two"
}

resource "clm_connector" "pay" {
  name           = "pay"
  certificate_id = clm_certificate.pay.id
  device_id      = clm_device.pay.id
  file_system    = { directory = "etc/tls", certificate_file = "pay.crt", key_file = "pay.key" }
  push           = { approval_policy_id = clm_approval_policy.two.id }
}

data "clm_work_order" "pay" {
  id = clm_connector.pay.work_order_id
}

output "waits_for" {
  value = data.clm_work_order.pay.waits_for
}
