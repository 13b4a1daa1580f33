# What waits for somebody to agree, on any connector.
data "clm_work_orders" "open" {
  status = "pending_approval"
}

output "waiting" {
  value = [for order in data.clm_work_orders.open.work_orders : "${order.id} waits for ${order.waits_for}"]
}
