data "clm_device" "web" {
  name = "web-1"
}

# A plan that finds the device out of reach says so.
check "web_answers" {
  assert {
    condition     = data.clm_device.web.status != "failed"
    error_message = "web-1 does not answer: ${coalesce(data.clm_device.web.status_detail, "no detail")}"
  }
}
