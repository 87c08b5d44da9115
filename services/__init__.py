"""Use cases: they decide, select and store; the only door to patient data (docs/decisions/0001)."""
