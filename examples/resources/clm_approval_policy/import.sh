# By id or by name.
terraform import clm_approval_policy.two two-level
