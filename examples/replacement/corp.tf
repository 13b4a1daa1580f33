resource "clm_root_certificate" "corp" {
  name                    = "corp"
  pfx_file                = "corp-2026.pfx"
  pfx_password_wo         = var.pfx_password
  pfx_password_wo_version = 1
  deletion_protection     = false

  timeouts = { update = "2s" } # how long an apply waits for machines; default: one minute
}
