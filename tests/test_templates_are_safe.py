"""No text of people where scripts read: what may stand in an attribute that htmx, Alpine or the browser evaluates."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = ("config", "teams", "integrations", "alerts", "deliveries", "demo")
TEMPLATES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.html"))]
ATTRIBUTE = re.compile(r"""\s((?:hx-|x-|on|@|:)[\w:.-]*)=("[^"]*"|'[^']*')""")
SHOWN = re.compile(r"\{\{\s*(.+?)\s*\}\}")
ADDRESSES = {"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}
# Numbers, slugs and names that templates or forms make themselves.
PLAIN = re.compile(r"(\w+\.)*(pk|number|slug|stamp|dom|counter0?|csrf_token)")
# Addresses that views made by reverse() and urlencode(), and the numbers of rows that pages go on from.
MADE = re.compile(r"(\w+\.)*(action|address|told|query|older|newer|before|started|\w*url)|\S+\|urlencode")


def faults(template: str) -> list[str]:
    """What stands where it is evaluated and may be text of people; handlers, and filters that switch escaping off."""
    found = [each for each in ("|safe", "{% autoescape off", "hx-on") if each in template]
    for name, value in ATTRIBUTE.findall(template):
        found += [f"{name}={value}"] if name.startswith("on") else []
        for shown in SHOWN.findall(value):
            if not PLAIN.fullmatch(shown) and not (name in ADDRESSES and MADE.fullmatch(shown)):
                found.append(f"{name}: {shown}")
    return found


def test_no_template_puts_text_of_people_where_it_is_evaluated() -> None:
    found = {path.relative_to(ROOT).as_posix(): faults(path.read_text()) for path in TEMPLATES}

    assert len(found) > 30
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "template",
    [
        """<p hx-vals='{"name": "{{ rule.name }}"}'>""",
        '<p x-data="{{ rule.name }}">',
        '<p hx-get="/x/?q={{ text }}">',
        '<p hx-target="#rule-{{ rule.name }}">',
        '<button onclick="go()">',
        '<p hx-on:click="go()">',
        '<p @click="open({{ name }})">',
        "{{ rule.message|safe }}",
    ],
)
def test_the_search_finds_what_it_is_for(template: str) -> None:
    assert faults(template)


@pytest.mark.parametrize(
    "template",
    [
        """<p hx-get="{% url 'told' here.slug alert.number %}?stamp={{ stamp }}" hx-target="#rule-{{ rule.pk }}">""",
        '<p hx-get="{{ address }}?q={{ text|urlencode }}">',
        """<body hx-headers='{"x-csrftoken": "{{ csrf_token }}"}'>""",
        '<p title="{{ rule.name }}">{{ rule.message }}</p>',
    ],
)
def test_it_leaves_alone_what_is_fine(template: str) -> None:
    assert not faults(template)
