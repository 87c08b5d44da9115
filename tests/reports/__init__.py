"""Tests of what a report shows."""
