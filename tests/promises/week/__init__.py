"""A simulated week of 500 alerts under all policies: what happens, and what must be told of it."""
