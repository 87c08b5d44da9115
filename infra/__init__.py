"""Every effect that is not a query: settings, engine, passwords, tokens, logs, metrics."""
