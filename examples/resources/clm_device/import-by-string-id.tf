import {
  to = clm_device.web
  id = "web-1" # its id or its name
}
