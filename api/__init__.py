"""HTTP: routes, their dependencies and problem documents, and nothing else."""
