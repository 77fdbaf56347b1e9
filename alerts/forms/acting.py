"""Forms to act on an alert. What may be done, and what a text may be, the services say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from alerts.lifecycle import MAX_NOTE, MAX_REASON
from teams.models import User


class ActionForm(forms.Form):
    """An action that needs no words."""

    def __init__(self, *args: Any, people: Iterable[User] = (), me: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def typed(self) -> dict[str, str]:
        """What was typed, as alerts.services.acting takes it."""
        return {name: str(self.data.get(name, "")) for name in self.fields}

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused at its field, and lead the keyboard there."""
        self.add_error(None, refusal)
        for name in self.errors:
            self.fields[name].widget.attrs["autofocus"] = True


class AssignForm(ActionForm):
    """Whom to give the alert to; the one who asks comes first."""

    to = forms.CharField(label="Assign to", required=False, widget=forms.Select)

    def __init__(self, *args: Any, people: Iterable[User] = (), me: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(person.email, str(person)) for person in people if person != me]
        mine = [(me.email, f"me ({me})")] if me else []
        self.fields["to"].widget.choices = [*mine, *others]


class NoteForm(ActionForm):
    """A text for the timeline."""

    text = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_NOTE})
    )


class CloseForm(ActionForm):
    """Why the alert is closed."""

    reason = forms.CharField(label="Reason", required=False, widget=forms.TextInput(attrs={"maxlength": MAX_REASON}))


FORMS: dict[str, type[ActionForm]] = {"assign": AssignForm, "note": NoteForm, "close": CloseForm}


def form_for(action: str, **kwargs: Any) -> ActionForm:
    """The form of an action of alerts.services.acting."""
    return FORMS.get(action, ActionForm)(auto_id=f"{action}-%s", **kwargs)
