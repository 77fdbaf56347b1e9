"""What would open a way past the team is refused when the server starts."""

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django import forms
from django.contrib.admin import RelatedFieldListFilter

from alerts.admin import AlertAdmin, RuleAdmin
from alerts.models import Alert, AlertRule
from teams.adminkit import site
from teams.adminkit.options import TeamModelAdmin

ROOT = Path(__file__).parents[2]
APPS = ("config", "teams", "channels_app", "integrations", "alerts", "deliveries", "demo")


def ids(admin_class: type[TeamModelAdmin[Any]], model: type = Alert) -> set[str | None]:
    return {found.id for found in admin_class(model, site).check()}


def test_the_pages_as_they_are_pass() -> None:
    assert [found for model_admin in site._registry.values() for found in model_admin.check()] == []


def test_an_unscoped_related_filter_is_refused() -> None:
    class ByName(AlertAdmin):
        list_filter: ClassVar[Any] = ("rule",)

    class ByClass(AlertAdmin):
        list_filter: ClassVar[Any] = (("rule", RelatedFieldListFilter),)

    class Deeper(AlertAdmin):
        list_filter: ClassVar[Any] = ("rule__team",)

    assert [ids(each) for each in (ByName, ByClass, Deeper)] == [{"teams.E202"}] * 3


@pytest.mark.parametrize("name", ["raw_id_fields", "list_editable"])
def test_fields_that_ask_nobody_are_refused(name: str) -> None:
    careless = type("Careless", (AlertAdmin,), {name: ("rule",), "list_display": ("numbered", "rule")})

    assert "teams.E201" in ids(careless)


@pytest.mark.parametrize("name", ["actions_detail", "actions_row", "actions_list"])
def test_actions_that_run_on_a_get_are_refused(name: str) -> None:
    careless = type("Careless", (AlertAdmin,), {name: ("clear_all",), "clear_all": lambda *_: None})

    assert "teams.E201" in ids(careless)


def test_a_form_that_narrows_nothing_is_refused() -> None:
    plain = type("Plain", (RuleAdmin,), {"form": forms.ModelForm, "fieldsets": None, "fields": ("name",)})

    assert "teams.E203" in ids(plain, AlertRule)


def test_a_plain_method_is_no_action() -> None:
    careless = type("Careless", (AlertAdmin,), {"deeds": ("close_all",), "close_all": lambda *_: None})

    assert "teams.E204" in ids(careless)


def test_unfold_is_imported_in_one_place() -> None:
    imports = re.compile(r"^\s*(?:from|import) unfold", re.MULTILINE)
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]

    found = {path.relative_to(ROOT).parts[:2] for path in sources if imports.search(path.read_text())}

    assert found == {("teams", "adminkit")}
