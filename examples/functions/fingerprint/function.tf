output "fingerprint" {
  value = provider::clm::fingerprint(file("${path.root}/shop.crt"))
}
