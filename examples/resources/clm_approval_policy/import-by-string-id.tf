import {
  to = clm_approval_policy.two
  id = "two-level" # its id or its name
}
