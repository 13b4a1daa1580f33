import {
  to = clm_root_certificate.lab
  id = "lab" # its id or its name
}
