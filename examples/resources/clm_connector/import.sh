# By id or by name.
terraform import clm_connector.shop_web shop-web-1
