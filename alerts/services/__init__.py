"""Writes of the team's tests and rules."""
