# Two people have to agree to each push, within three days.
resource "clm_approval_policy" "two" {
  name          = "two-level"
  levels        = 2
  expires_after = "72h"
}
