# A root that exists: its certificate and private key come from a PFX.
variable "pfx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "clm_root_certificate" "corp" {
  name                    = "corp"
  pfx_file                = "${path.root}/corp-2026.pfx"
  pfx_password_wo         = var.pfx_password
  pfx_password_wo_version = 1
}
