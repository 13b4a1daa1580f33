data "clm_certificate" "shop" {
  name = "shop"
}

# Looks at every device that should have the certificate.
data "clm_sync_status" "shop" {
  certificate_id = data.clm_certificate.shop.id
}

output "sync" {
  value = "${data.clm_sync_status.shop.in_sync} of ${data.clm_sync_status.shop.total} in sync"
}

output "out_of_sync" {
  value = {
    for connector in data.clm_sync_status.shop.connectors :
    connector.device => connector.reason if connector.status == "out_of_sync"
  }
}
