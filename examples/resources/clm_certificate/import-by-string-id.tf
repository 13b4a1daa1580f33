import {
  to = clm_certificate.shop
  id = "shop" # its id or its name
}
