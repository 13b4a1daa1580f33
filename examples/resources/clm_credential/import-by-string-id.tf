import {
  to = clm_credential.deploy
  id = "deploy" # its id or its name
}
