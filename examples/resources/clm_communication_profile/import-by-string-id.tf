import {
  to = clm_communication_profile.shop
  id = "shop" # its id or its name
}
