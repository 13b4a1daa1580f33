import {
  to = clm_internet_gateway.relay
  id = "relay-1" # its id or its name
}
