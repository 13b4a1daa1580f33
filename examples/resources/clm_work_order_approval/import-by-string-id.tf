import {
  to = clm_work_order_approval.ann
  id = "01a1fe7e-2c4b-7d3a-9c55-0b6f4a7d1e20/local:ann" # the work order, and who approved it
}
