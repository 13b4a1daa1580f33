output "colors" {
  value = {
    fresh   = provider::clm::status_color("issued", 200) # green
    soon    = provider::clm::status_color("issued", 21)  # yellow
    revoked = provider::clm::status_color("revoked", 21) # black
  }
}
