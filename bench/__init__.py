"""Figures, never tests: how fast a real Bellhop is on this machine, beside what the machine could do at best."""
