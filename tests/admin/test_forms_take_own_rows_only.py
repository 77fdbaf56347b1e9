"""A foreign id posted to any choice of any form reads as an unknown id, and nothing is written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from alerts.models import AlertRule, Measurement
from teams.adminkit import site
from teams.adminkit.scoping import scoped
from teams.models import Team, User
from tests.admin.conftest import World, everything, registered, rule_form

Enter = Callable[..., Client]
UNKNOWN = 999_999_999


def every_form(world: World) -> Iterator[tuple[str, type[forms.BaseForm], dict[str, Any]]]:
    """Each form class that an admin page of team Ops can show: of models, of inlines, of actions."""
    request = RequestFactory().get("/admin/")
    request.user = world.cast.owner
    request.session = {}  # type: ignore[assignment]
    for model in registered():
        model_admin: Any = site.get_model_admin(model)
        row = world.mine.of(model)
        for obj in [None, row] if model_admin.has_add_permission(request) else [row]:
            yield f"{model.__name__} {obj}", model_admin.get_form(request, obj, change=obj is not None), {}
            for formset, _ in model_admin.get_formsets_with_inlines(request, obj):
                yield f"{model.__name__} inline", formset.form, {}
        for deed in model_admin.own_deeds():
            yield f"{model.__name__}.{deed.name}", deed.form, {"team": world.mine.team, "target": row}


def choices_of(form: forms.BaseForm) -> "dict[str, forms.ModelChoiceField[Model]]":
    return {name: field for name, field in form.fields.items() if isinstance(field, forms.ModelChoiceField)}


def test_every_choice_in_every_form_refuses_a_foreign_row_as_unknown(world: World) -> None:
    seen = set()
    for where, form_class, options in every_form(world):
        form = form_class(**options)
        for name, field in choices_of(form).items():
            assert field.queryset is not None
            foreign = world.theirs.of(field.queryset.model)
            texts = [text_for(field, pk).replace(str(pk), "?") for pk in (foreign.pk, UNKNOWN)]
            assert texts[0] == texts[1], (where, name)
            seen.add(name)
    known = {"tests", "excluded", "integrations", "groups", "to", "fallback"}
    assert seen == known, "a form got a choice of rows that this test should know"


def text_for(field: "forms.ModelChoiceField[Model]", pk: int) -> str:
    value: Any = [pk] if isinstance(field, forms.ModelMultipleChoiceField) else pk
    with pytest.raises(forms.ValidationError) as refusal:
        field.clean(value)
    return str(refusal.value.messages)


@pytest.mark.parametrize("field", ["tests", "integrations", "groups"])
def test_a_foreign_row_posted_to_a_rule_writes_nothing(field: str, world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    model = AlertRule._meta.get_field(field).related_model
    assert isinstance(model, type)
    foreign = world.theirs.of(model)
    before = everything()

    texts = []
    for pk in (foreign.pk, UNKNOWN):
        page = client.post(reverse("admin:alerts_alertrule_add"), rule_form(**{field: [pk]}))
        texts.append([text.replace(str(pk), "?") for text in page.context["adminform"].form.errors[field]])

    assert texts[0] == texts[1]
    assert everything() == before


@pytest.mark.parametrize("field", ["tests", "integrations", "groups"])
def test_an_id_that_no_row_can_have_is_no_row(field: str, world: World, enter: Enter) -> None:
    client, address = enter(world.cast.owner), reverse("admin:alerts_alertrule_add")

    page = client.post(address, rule_form(**{field: ["9" * 30]}))

    assert "Select a valid choice" in str(page.context["adminform"].form.errors[field])
    assert client.get(f"{address}?{field}={'9' * 30}").status_code == 200


def test_a_foreign_condition_id_posted_to_the_rows_below_a_rule_writes_nothing_there(
    world: World, enter: Enter
) -> None:
    client = enter(world.cast.owner)
    foreign = world.theirs.rule.conditions.get()
    stolen = rule_form(**{"conditions-INITIAL_FORMS": 1, "conditions-0-id": foreign.pk, "conditions-0-threshold": "1"})

    client.post(reverse("admin:alerts_alertrule_change", args=[world.mine.rule.pk]), stolen)

    foreign.refresh_from_db()
    assert (foreign.rule_id, foreign.threshold) == (world.theirs.rule.pk, 500.0)


def test_an_alert_is_not_assigned_to_an_outsider(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    url = reverse("admin:alerts_alert_assign", args=[world.mine.alert.pk])
    before = everything()

    texts = []
    for pk in (world.theirs.user.pk, UNKNOWN):
        page = client.post(url, {"assign-to": pk})
        texts.append(page.context["form"].errors["to"])

    assert texts[0] == texts[1]
    assert everything() == before


def test_the_list_to_tick_holds_own_integrations_only(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    url = reverse("admin:alerts_alertrule_ticks")

    page = client.get(f"{url}?q=room&ticked={world.theirs.integration.pk}&ticked={world.mine.integration.pk}")

    assert [row.integration for row in page.context["ticks"].rows] == [world.mine.integration]


def test_rows_that_belong_to_no_team_cannot_be_offered(world: World) -> None:
    with pytest.raises(ImproperlyConfigured):
        scoped(Measurement.objects.all(), world.mine.team)
    with pytest.raises(ImproperlyConfigured):
        scoped(Team.objects.all(), world.mine.team)


def test_people_are_narrowed_by_membership(world: World) -> None:
    found = scoped(User.objects.all(), world.theirs.team)

    assert set(found) == {world.theirs.user, world.both}
