# By id or by name.
terraform import clm_communication_profile.shop shop
