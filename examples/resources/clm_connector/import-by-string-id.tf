import {
  to = clm_connector.shop_web
  id = "shop-web-1" # its id or its name
}
