"""The model registry: register, list, describe, approve, reject, roll back.

Place in the flow: the command line and the Lambdas call it; nothing else speaks the registry API. Clients are
injected. One cost: the registry knows approvals, not deployments; "current" means the newest approved version.
"""
