"""Plain SQL of the outbox, for both engines: only where a row must cost less than the ORM takes."""
