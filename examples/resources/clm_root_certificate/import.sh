# By id or by name.
terraform import clm_root_certificate.lab lab
