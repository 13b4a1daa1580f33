variable "ssh_key" {
  description = "Private key of the user deploy. It is ephemeral: neither state nor plan files record it."
  type        = string
  sensitive   = true
  ephemeral   = true
}

# Raise private_key_wo_version when the key changes: a write-only value cannot be compared.
resource "clm_credential" "deploy" {
  name = "deploy"

  ssh = {
    username               = "deploy"
    private_key_wo         = var.ssh_key
    private_key_wo_version = 1
  }
}
