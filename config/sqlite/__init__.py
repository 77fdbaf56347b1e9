"""Django's SQLite engine, with writers that take turns: DATABASES names this package, Django loads its `base`."""
