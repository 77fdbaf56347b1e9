"""What destinations can do wrong, and what must come of it: one table for tests, promises and docs."""
