"""What the pages show, read from the database and put in their order; nothing here writes."""
