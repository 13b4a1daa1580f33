locals {
  parts = provider::clm::split_chain(file("${path.root}/bundle.pem"))
}

output "leaf" {
  value = local.parts.leaf_pem
}

output "roots" {
  value = local.parts.roots_pem
}
