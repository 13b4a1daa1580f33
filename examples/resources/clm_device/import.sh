# By id or by name.
terraform import clm_device.web web-1
