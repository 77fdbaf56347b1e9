"""Who talks in the sandbox: one whom the seed links to the demo's login, and one whom Bellhop does not know."""

from dataclasses import dataclass

from django.http import HttpRequest

COOKIE = "sandbox_person"
TEAM_DOMAIN = "sandbox"


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is Slack's, `number` HipChat's; `name` is what they are called by there, `remark` says it to visitors."""

    id: str
    number: int
    name: str
    full_name: str
    remark: str


ANN = Person("U0SBXANN", 1661743, "ann", "Ann Lee", "Bellhop knows her as the demo's login")
BOB = Person("U0SBXBOB", 1661744, "bob", "Bob Stone", "Bellhop does not know him until he links himself")
PEOPLE = (ANN, BOB)


def known_as(id: str) -> Person:
    """The person of that id; Ann for any other text."""
    return next((person for person in PEOPLE if person.id == id), ANN)


def you(request: HttpRequest) -> Person:
    """Who the visitor chose to be."""
    return known_as(request.COOKIES.get(COOKIE, ""))
