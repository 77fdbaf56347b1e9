"""The form of a test. It reads; what may be stored is judged by the service."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict

from alerts.forms.fields import LabelsField
from alerts.models import Test
from alerts.models.test import MAX_INTERVAL, MIN_INTERVAL
from teams.errors import texts_of

LABELS_HELP = "One a line, written name=value."


class TestMeta:
    """The fields of a test, as the pages and the admin share them; base of the forms' Meta."""

    __test__ = False  # not a pytest class

    model = Test
    fields: tuple[str, ...] = ("slug", "name", "enabled", "target", "interval", "labels")
    help_texts: ClassVar[dict[str, str]] = {
        "slug": "The word by which programs name this test when they send measurements. Empty: made from the name.",
        "target": "What is measured: an address, a host, a service.",
        "interval": "The length of a round: how often each source reports. 60 is a minute, 300 are five, 3600 an hour.",
        "enabled": "A test that is switched off is not judged; its open alerts clear.",
    }


class TestForm(forms.ModelForm):  # type: ignore[type-arg]
    """A test as people enter it on the pages. The slug is asked for once: links in sent messages carry it."""

    __test__ = False  # not a pytest class

    labels = LabelsField(help_text=LABELS_HELP)

    class Meta(TestMeta):
        fields = ("name", "slug", "target", "interval", "labels")

    def __init__(self, data: QueryDict | None = None, *, test: Test | None = None, **kwargs: Any) -> None:
        super().__init__(data, instance=test, auto_id="test-%s", **kwargs)
        if test is None:
            self.fields["slug"].required = False
        else:
            del self.fields["slug"]
        self.fields["interval"].validators += Test._meta.get_field("interval").validators
        self.fields["interval"].widget.attrs.update({"min": MIN_INTERVAL, "max": MAX_INTERVAL})

    def _post_clean(self) -> None:
        """The service judges, and the instance stays as it was read."""

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused at its field."""
        for name, texts in texts_of(refusal).items():
            self.add_error(name if name in self.fields and name != NON_FIELD_ERRORS else None, texts)

    def lead_to_first_error(self) -> None:
        """The keyboard goes where something is wrong; a new form begins at its first field."""
        wrong = [name for name in self.fields if name in self.errors] if self.is_bound else []
        first = next(iter(wrong), "" if self.is_bound or self.instance.pk else "name")
        if first:
            self.fields[first].widget.attrs["autofocus"] = True
