terraform {
  required_version = ">= 1.11"

  required_providers {
    clm = {
      source = "terraform-provider-clm/clm"
    }
  }
}

variable "pfx_password" {
  description = "Password of corp-2026.pfx. It is ephemeral: neither state nor plan files record it."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "protected" {
  description = "Whether the root certificate refuses to be destroyed."
  type        = bool
  default     = true
}

provider "clm" {} # embedded; SQLite in .clm/ beside the configuration

# A root that exists already: its certificate and private key come from a PFX.
resource "clm_root_certificate" "corp" {
  name                    = "corp"
  pfx_file                = "corp-2026.pfx" # its SHA-256 is tracked; the file's content never enters state
  pfx_password_wo         = var.pfx_password
  pfx_password_wo_version = 1
  deletion_protection     = var.protected # true by default; a protected root refuses to be destroyed and says why
}

# A root made here: its private key never leaves the backend.
resource "clm_root_certificate" "lab" {
  name = "lab"
  self_signed = {
    subject               = { common_name = "Lab Root", organization = "Example" }
    key_algorithm         = "ECDSA"
    ecdsa_curve           = "P256"
    validity_period_hours = 87600
  }
  deletion_protection = false
}

# Three machines, each reached through a folder.
resource "clm_device" "web" {
  for_each  = toset(["web-1", "web-2", "web-3"])
  name      = each.key
  cert_sync = "managed" # managed | monitored | ignored
  local     = { root_directory = "${path.root}/devices/${each.key}" }
}

# One certificate, renewed in place in its last 30 days.
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.corp.id
  common_name           = "shop.example.com"
  dns_names             = ["shop.example.com", "www.shop.example.com"]
  key_algorithm         = "ECDSA"
  validity_period_hours = 2160
  early_renewal_hours   = 720
}

# Its files on each machine.
resource "clm_connector" "shop" {
  for_each       = clm_device.web
  name           = "shop-${each.key}"
  certificate_id = clm_certificate.shop.id
  device_id      = each.value.id
  file_system = {
    format           = "pem"
    directory        = "etc/tls"
    certificate_file = "shop.crt"
    key_file         = "shop.key"
    chain_file       = "shop.chain.crt"
  }
}

# What the machines really have.
data "clm_sync_status" "shop" {
  certificate_id = clm_certificate.shop.id
  depends_on     = [clm_connector.shop]
}

output "sync" {
  value = "${data.clm_sync_status.shop.in_sync} of ${data.clm_sync_status.shop.total} in sync"
}
