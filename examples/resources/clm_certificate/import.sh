# By id or by name.
terraform import clm_certificate.shop shop
