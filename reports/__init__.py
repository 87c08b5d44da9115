"""Renders one trend as the documents that people read."""
