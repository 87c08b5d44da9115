"""Promise 1, with real processes: what was acknowledged is never lost and never doubled, whatever happens."""
