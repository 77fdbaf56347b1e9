"""Forms that may be shown again as they were typed, unjudged, while rows come and go."""

from django import forms
from django.forms.utils import ErrorDict


class Draft(forms.BaseForm):
    """A form that is not judged while it is a `draft`."""

    draft = False

    def full_clean(self) -> None:
        if not self.draft:
            return super().full_clean()
        self._errors, self.cleaned_data = ErrorDict(), {}
        return None
