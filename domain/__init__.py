"""Pure calculation: no I/O, no clock, no randomness."""
