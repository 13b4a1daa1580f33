# Another certificate stages a replacement. This says how careful it is.
variable "pfx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "clm_root_certificate" "corp" {
  name                    = "corp"
  pfx_file                = "${path.root}/corp-2026.pfx" # corp-2027.pfx replaces it, in place
  pfx_password_wo         = var.pfx_password
  pfx_password_wo_version = 1

  replacement = {
    finalize                 = false  # true: go on once the gate opens
    minimum_received_percent = 100    # of the machines that reported the old one
    hold_down                = "24h"  # after the latest receipt
    silent_after             = "168h" # a machine not heard of for so long is silent
    overlap                  = "168h" # the old root stays trusted for so long
    on_failure               = "stop" # stop, continue or roll_back
    child_validity_months    = 12
  }

  timeouts = { update = "10m" } # how long an apply waits for machines
}
