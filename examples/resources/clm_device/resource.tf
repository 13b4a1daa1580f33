# A machine reached through a folder, such as a mounted file system or the root
# of a container image. The folder must exist.
resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${path.root}/devices/web-1" }
}
