data "clm_agents" "all" {}

# Agents that cannot renew any more: each needs a new enrolment token.
data "clm_agents" "lost" {
  status = "expired"
}

output "lost" {
  value = data.clm_agents.lost.agents[*].name
}

output "versions" {
  value = { for agent in data.clm_agents.all.agents : agent.name => agent.version }
}
