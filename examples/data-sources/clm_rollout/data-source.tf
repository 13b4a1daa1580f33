resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }
}

data "clm_rollout" "corp" {
  root_certificate_id = clm_root_certificate.corp.id
}

# Such as "4 of 5 agents received the new certificate".
output "rollout" {
  value = data.clm_rollout.corp.message
}

# Who is behind, and in which class.
output "behind" {
  value = {
    for device in data.clm_rollout.corp.laggards :
    device.name => device.class
  }
}

# What keeps the gate closed, and what to do about it.
check "gate_is_open" {
  assert {
    condition     = length(data.clm_rollout.corp.violations) == 0
    error_message = join("\n", [for v in data.clm_rollout.corp.violations : "${v.message}: ${v.mitigation}"])
  }
}
