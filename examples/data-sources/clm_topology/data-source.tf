data "clm_certificate" "shop" {
  name = "shop"
}

data "clm_topology" "shop" {
  certificate_id = data.clm_certificate.shop.id
}

output "chain" {
  value = [for issuer in data.clm_topology.shop.chain : issuer.common_name]
}

output "places" {
  value = {
    for connector in data.clm_topology.shop.connectors :
    connector.name => "${connector.device.name}: ${connector.sync_status}, ${connector.status_color}"
  }
}
