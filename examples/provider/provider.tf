terraform {
  required_version = ">= 1.11"

  required_providers {
    clm = {
      source  = "terraform-provider-clm/clm"
      version = "~> 0.1"
    }
  }
}

# Nothing to set: the estate lives in .clm/ beside the configuration.
provider "clm" {}
