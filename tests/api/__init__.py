"""The operations, over HTTP, on both databases."""
