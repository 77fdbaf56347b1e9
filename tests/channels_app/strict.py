"""Strict readers of what kinds render: they find every tag, link and mention, and fail on what is malformed."""

import re
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(("br", "meta", "hr", "img"))
SLACK_TOKEN = re.compile(r"<([^<>]*)>")
ENTITY = re.compile(r"&(amp|lt|gt);")
MARKDOWN_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
MARKDOWN_MENTION = re.compile(r"(?:(?<=\s)|^)(?:@[a-z0-9][\w.-]*|<@&?\d+>|<at>[^<>]+</at>)")
# Links in brackets, bare addresses, mentions, tags and code of any service; emphasis that is not ours.
MARKDOWN_LIVE = re.compile(r"\]\(|://|\bwww\.|@\w|<[^\s<]|`|(?<!\*)\*(?!\*)|_|~|\|\||\{\{", re.IGNORECASE)
MARKDOWN_LINE = re.compile(r"^ *(?:#{1,6}\s|>|\+\s|\d{1,9}[.)]\s)", re.MULTILINE)


class Html(HTMLParser):
    """Collects tags, attributes and text; `links` are the href values."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == [], f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")


class Mrkdwn:
    """Collects what Slack would act upon in one text: links, mentions, dates."""

    def __init__(self, source: str) -> None:
        self.links: list[str] = []
        self.mentions: list[str] = []
        for inside in SLACK_TOKEN.findall(source):
            if inside.startswith("!date^"):
                assert re.fullmatch(r"!date\^\d+\^\{date_short\} \{time\}\|[0-9: -]+UTC", inside), inside
            elif inside.startswith(("@", "#", "!")):
                self.mentions.append(inside)
            else:
                url, _, label = inside.partition("|")
                assert label, f"a link without a label: {inside!r}"
                assert "|" not in label
                self.links.append(url)
        rest = SLACK_TOKEN.sub("", source)
        assert not set(rest) & set("<>"), rest
        assert "&" not in ENTITY.sub("", source), source
        assert not re.search(r"@(here|channel|everyone)\b", rest), rest


def texts(value: Any) -> list[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in texts(each)]
    return []


def mrkdwn_texts(value: Any) -> list[str]:
    """Every text in a Slack body that is read as markup."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for each in value.values() for text in mrkdwn_texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in mrkdwn_texts(each)]
    return []


class Markdown:
    """Collects what a reader of Markdown would act upon in one text; fails on what it could take for more."""

    def __init__(self, source: str) -> None:
        unescaped = MARKDOWN_ESCAPE.sub("\u25a1", source)
        self.links = [url for _, url in MARKDOWN_LINK.findall(unescaped)]
        rest = MARKDOWN_LINK.sub("", unescaped)
        self.mentions = MARKDOWN_MENTION.findall(rest)
        rest = MARKDOWN_MENTION.sub("", rest)
        assert not MARKDOWN_LIVE.search(rest), MARKDOWN_LIVE.findall(rest)
        assert not MARKDOWN_LINE.search(rest), MARKDOWN_LINE.findall(rest)
