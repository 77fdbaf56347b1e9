"""Templates that mean harm: to run for ever, to fill the memory, to see what is no part of the message."""

from collections.abc import Mapping

LISTS = "alert.readings"


def nested(depth: int, inside: str) -> str:
    """`inside`, as often as there are readings, to the power of `depth`."""
    loops = "".join(f"{{% for a{number} in {LISTS} %}}" for number in range(depth))
    return loops + inside + "{% endfor %}" * depth


def chain(name: str, times: int) -> str:
    return f" | {name}" * times


# Each ends before it does harm: with the whole of what it gives, or with a reason.
BOMBS: Mapping[str, str] = {
    "loops within loops": nested(2, "x"),
    "three loops": nested(3, "x"),
    "ten loops": nested(10, "x"),
    "loops over nothing": nested(9, ""),
    "loops that print much": nested(2, "{{ text }}"),
    "loops that print nothing": nested(3, "{{ '' }}"),
    "loops with long chains of filters": nested(1, "{{ text" + chain("upcase", 28) + " }}"),
    "loops with long conditions": nested(2, "{% if " + " and ".join(["1==1"] * 30) + " %}{% endif %}"),
    "loops that search text in text": nested(2, "{% if " + " or ".join(["text contains text"] * 11) + " %}{% endif %}"),
    "outputs that never end": "{{" * 8_000,
    "tags that never end": "{%" * 8_000,
    "braces": "{" * 16_000,
    "braces that trim": "{{-" * 150 + "}}",
    "blanks in an output": "{{" + " " * 290 + "}}",
    "blanks in many tags": ("{% if " + " " * 280 + "%}") * 32,
    "blanks in many outputs": ("{{ text" + " " * 280 + "}}") * 32,
    "conditions within conditions": "{% if a %}" * 1_500,
    "a loop that nobody ends": "{% for a in facts %}" * 800,
    "thousands of outputs": "{{ text }}" * 1_600,
    "a choice among a thousand": "{% case text %}" + "{% when text %}" * 1_000 + "{% endcase %}",
    "a path of paths": "{{ " + "text[" * 45 + "]" * 45 + " }}",
    "a very long number": "{{ " + "9" * 280 + " }}",
    "a number beyond all numbers": "{{ 1e400 }}",
    "text between each two": "{{ alert.readings | join: text }}",
    "encoded again and again": "{{ text" + chain("url_encode", 20) + " }}",
    "encoded again and again in loops": nested(1, "{{ text" + chain("url_encode", 20) + " }}"),
    "all labels encoded again and again in loops": nested(
        2, "{{ alert.labels | json" + chain("url_encode", 20) + " | size }}" * 4
    ),
    "quoted again and again": "{{ alert" + chain("json", 35) + " }}",
    "quoted again and again in loops": nested(2, "{{ alert" + chain("json", 35) + " }}"),
    "cut to a huge length": "{{ text | truncate: 99999999999999999999 }}",
    "a loop with limits beyond all numbers": "{% for a in facts limit: 99999999999999999999999 "
    "offset: -9223372036854775809 %}{% endfor %}",
    "a range": "{% for i in (1..99999999) %}{% endfor %}",
    "a range in an output": "{{ (1..999999999999) | join }}",
    "a range by a value": "{{ (1..alert.id) | json }}",
    "a row of a table": "{% tablerow i in (1..999999999) %}{% endtablerow %}",
}
# Each sees nothing but the message: it gives nothing, or a reason.
ESCAPES: Mapping[str, str] = {
    "the class of a text": "{{ headline.__class__.__mro__ }}",
    "the globals of a function": "{{ alert.__init__.__globals__ }}",
    "an item of that name": "{{ alert['__class__'] }}",
    "the class of the labels": "{{ alert.labels.__class__ }}",
    "a method of the labels": "{{ alert.labels.pop }}{{ alert.labels.clear }}",
    "a method of a text": "{{ headline.format }}{{ headline.encode }}",
    "the clock": "{{ now }}{{ today }}{{ 'now' | date: '%s' }}",
    "the engine": "{{ template }}{{ env }}{{ context }}{{ self }}",
    "the settings": "{{ settings.url }}{{ config.secret }}{{ url_secret }}",
    "a file": "{% include '/etc/passwd' %}",
    "another file": "{% render '/etc/passwd' %}",
    "a layout": "{% layout 'x' %}{% block y %}{% endblock %}",
    "a variable": "{% assign x = headline %}{{ x }}",
    "a capture": "{% capture x %}a{% endcapture %}{{ x }}",
    "a counter": "{% increment x %}",
    "a tag of tags": "{% liquid assign x = 1 %}",
    "a tag that prints": "{% echo now %}",
    "what is not read": "{% raw %}{{ headline }}{% endraw %}",
    "what is not escaped": "{{ headline | safe }}",
    "arithmetic": "{{ 2 | times: 1000000 | plus: 1 }}",
    "another engine": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a format": "{{ 'x' | date: '%9999999999d' }}",
}
