# Several configurations on one estate, its key kept in a place of its own.
provider "clm" {
  data_dir = "../estate"
  key_file = "../keys/estate.key" # made with: openssl rand -base64 32
}
