# By id or by name.
terraform import clm_internet_gateway.relay relay-1
