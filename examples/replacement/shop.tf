# A certificate of the root, and the two machines that serve it.
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.corp.id
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
}

resource "clm_connector" "shop" {
  for_each       = toset(["web-1", "web-2"])
  name           = "shop-${each.key}"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.fleet[each.key].id
  file_system    = { directory = "etc/tls", certificate_file = "shop.crt", key_file = "shop.key" }
}
