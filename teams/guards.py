"""A migration operation by which the database itself refuses rows that mix two teams, on both engines."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


class SameTeam(Operation):
    """The row of `table` must carry the team of the row of `parent` that its `column` points to.

    PostgreSQL: a composite foreign key (so the parent cannot change its team either). SQLite: triggers.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, column: str, parent: str) -> None:
        self.table, self.column, self.parent = table, column, parent
        self.name_ = f"{table}_{column}_same_team"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Django's state knows no such constraint."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        for statement in self._postgresql() if schema_editor.connection.vendor == "postgresql" else self._sqlite():
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name_}")
            return
        for moment in ("insert", "update", "parent"):
            schema_editor.execute(f"DROP TRIGGER {self.name_}_{moment}")

    def describe(self) -> str:
        return f"Guard that {self.table}.{self.column} stays within one team"

    @property
    def migration_name_fragment(self) -> str:
        return self.name_

    def _postgresql(self) -> list[str]:
        return [
            f"CREATE UNIQUE INDEX IF NOT EXISTS {self.parent}_team_and_id ON {self.parent} (team_id, id)",
            f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name_} FOREIGN KEY (team_id, {self.column}) "
            f"REFERENCES {self.parent} (team_id, id) DEFERRABLE INITIALLY IMMEDIATE",
        ]

    def _sqlite(self) -> list[str]:
        mixed = f"(SELECT team_id FROM {self.parent} WHERE id = NEW.{self.column}) <> NEW.team_id"  # noqa: S608 - names from migrations only
        children = f"EXISTS (SELECT 1 FROM {self.table} WHERE {self.column} = OLD.id)"  # noqa: S608 - as above
        refuse = f"BEGIN SELECT RAISE(ABORT, '{self.name_}'); END"
        return [
            f"CREATE TRIGGER {self.name_}_insert BEFORE INSERT ON {self.table} WHEN {mixed} {refuse}",
            f"CREATE TRIGGER {self.name_}_update BEFORE UPDATE OF team_id, {self.column} ON {self.table} "
            f"WHEN {mixed} {refuse}",
            f"CREATE TRIGGER {self.name_}_parent BEFORE UPDATE OF team_id ON {self.parent} "
            f"WHEN NEW.team_id <> OLD.team_id AND {children} {refuse}",
        ]
