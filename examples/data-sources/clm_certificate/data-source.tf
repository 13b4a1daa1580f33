data "clm_certificate" "shop" {
  name = "shop"
}

output "shop" {
  value = {
    expires      = data.clm_certificate.shop.validity_end_time
    status       = data.clm_certificate.shop.status
    status_color = data.clm_certificate.shop.status_color
  }
}
