"""Phones that sync: over a bad network, with each other, and with a server that lost something."""
