"""SQLite databases that may not grow beyond as many pages as a file says; an empty file sets no limit."""

import sqlite3
from pathlib import Path
from typing import Any

LARGEST = 1_073_741_823  # what SQLite itself starts with


def limit(file: Path) -> None:
    """Make every connection from now on ask `file` before each of its cursors."""

    class Limited(sqlite3.Connection):
        said = ""

        def cursor(self, *words: Any, **named: Any) -> Any:
            said = file.read_text()
            if said != self.said:
                self.said = said
                super().execute(f"PRAGMA max_page_count = {int(said or LARGEST)}")
            return super().cursor(*words, **named)

    opened = sqlite3.dbapi2.connect

    def connect(*words: Any, **named: Any) -> Any:
        return opened(*words, **{"factory": Limited, **named})

    sqlite3.connect = sqlite3.dbapi2.connect = connect
