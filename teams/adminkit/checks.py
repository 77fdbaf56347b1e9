"""What no admin page may do, checked when the server starts."""

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist

from teams.adminkit.deeds import Deed
from teams.adminkit.filters import ScopedRelatedFilter
from teams.adminkit.forms import TeamForm

if TYPE_CHECKING:
    from django.contrib.admin.checks import ModelAdminChecks as _Checks
else:
    from unfold.checks import UnfoldModelAdminChecks as _Checks

# Ways into a change that ask for nothing but a GET or a known id.
FORBIDDEN = (
    "raw_id_fields",
    "list_editable",
    "actions",
    "actions_list",
    "actions_row",
    "actions_detail",
    "actions_submit_line",
    "conditional_fields",
    "filter_horizontal",
    "filter_vertical",
)


class TeamModelAdminChecks(_Checks):
    """Adds Bellhop's own rules to Django's and Unfold's."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[checks.CheckMessage]:
        found: list[checks.CheckMessage] = [*super().check(admin_obj, **kwargs)]
        found += [_forbidden(admin_obj, name) for name in FORBIDDEN if getattr(admin_obj, name, None)]
        found += [
            _unscoped_filter(admin_obj, entry) for entry in admin_obj.list_filter if _is_unscoped(admin_obj, entry)
        ]
        found += [
            _plain_form(owner) for owner in (admin_obj, *admin_obj.inlines) if not issubclass(owner.form, TeamForm)
        ]
        found += [
            _not_a_deed(admin_obj, name)
            for name in admin_obj.deeds
            if not isinstance(getattr(admin_obj, name, None), Deed)
        ]
        return found

    def _check_field_spec_item(self, obj: Any, field_name: str, label: str) -> list[checks.CheckMessage]:
        """A many-to-many through its own table is fine where the form has its own field for it: services write it."""
        if field_name in obj.form.declared_fields:
            return []
        found: list[checks.CheckMessage] = super()._check_field_spec_item(obj, field_name, label)  # type: ignore[misc]
        return found


def _is_unscoped(admin_obj: Any, entry: Any) -> bool:
    if isinstance(entry, tuple | list):
        return not issubclass(entry[1], ScopedRelatedFilter) and _is_relation(admin_obj, entry[0])
    return isinstance(entry, str) and _is_relation(admin_obj, entry)


def _is_relation(admin_obj: Any, name: str) -> bool:
    model = admin_obj.model
    for part in name.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        if not field.is_relation:
            return False
        model = field.related_model
    return True


def _forbidden(admin_obj: Any, name: str) -> checks.Error:
    return checks.Error(
        f"{name} reaches rows, or changes them, without asking whose they are.",
        hint="Use deeds with teams.adminkit.action, TeamForm fields or autocomplete_fields.",
        obj=type(admin_obj),
        id="teams.E201",
    )


def _unscoped_filter(admin_obj: Any, entry: Any) -> checks.Error:
    return checks.Error(
        f"The related filter {entry!r} offers the rows of every team.",
        hint="Use (name, ScopedRelatedFilter).",
        obj=type(admin_obj),
        id="teams.E202",
    )


def _plain_form(owner: Any) -> checks.Error:
    return checks.Error(
        "The form's choices are not narrowed to a team.",
        hint="Derive it from teams.adminkit.TeamForm.",
        obj=owner,
        id="teams.E203",
    )


def _not_a_deed(admin_obj: Any, name: str) -> checks.Error:
    return checks.Error(
        f"{name} in deeds is no action.",
        hint="Decorate the method with teams.adminkit.action.",
        obj=type(admin_obj),
        id="teams.E204",
    )
