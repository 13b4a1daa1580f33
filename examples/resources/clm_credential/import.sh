# By id or by name.
terraform import clm_credential.deploy deploy
