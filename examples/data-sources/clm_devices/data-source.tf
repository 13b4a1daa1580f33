data "clm_devices" "managed" {
  cert_sync = "managed"
}

output "out_of_reach" {
  value = [
    for device in data.clm_devices.managed.devices :
    device.name if device.status == "failed"
  ]
}
