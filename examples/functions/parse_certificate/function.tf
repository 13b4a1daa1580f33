locals {
  shop = provider::clm::parse_certificate(file("${path.root}/shop.crt"))
}

output "shop" {
  value = {
    common_name = local.shop.common_name
    names       = local.shop.dns_names
    expires     = local.shop.validity_end_time
    issuer      = local.shop.issuer_dn
  }
}
