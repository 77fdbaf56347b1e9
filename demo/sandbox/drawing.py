"""Turns the services' markup into safe HTML, the way their clients show it. Whatever is not known markup is text."""

import re
from html import unescape
from html.parser import HTMLParser

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from demo.sandbox.people import PEOPLE

SLACK_COLORS = {"good": "#2eb886", "warning": "#daa038", "danger": "#a30200"}
KNOWN = {person.id: person for person in PEOPLE}
MARK = re.compile("[\ue000\ue001]")
ANGLED = re.compile(r"<([^<>]*)>")
CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
STYLES = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)~([^~\n]+)~(?!\w)"), r"<s>\1</s>"),
)
ADDRESS = re.compile(r"https?://[^\s<>\"']+")
MENTION = re.compile(r"(?<![\w@])@\w+")
TAGS = {*"a b i s em strong br pre code ul ol li table tbody thead tr td th span".split()}  # noqa: SIM905 - reads better


def color(name: str | None) -> str:
    """#rrggbb of an attachment's bar."""
    known = SLACK_COLORS.get(name or "", name or "")
    return known if re.fullmatch(r"#[0-9a-fA-F]{6}", known) else "#dddddd"


def mrkdwn(text: str) -> SafeString:
    """Slack's mrkdwn: links, mentions, dates, code, bold, italic, strike."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\ue000{len(kept) - 1}\ue001"

    text = MARK.sub("", text)
    text = CODE.sub(lambda found: keep(f"<code>{_plain(found[1] or found[2])}</code>"), text)
    text = ANGLED.sub(lambda found: keep(_angled(found[1])), text)
    html = _plain(text)
    for pattern, replacement in STYLES:
        html = pattern.sub(replacement, html)
    for index in reversed(range(len(kept))):
        html = html.replace(f"\ue000{index}\ue001", kept[index])
    return mark_safe(html.replace("\n", "<br>"))  # noqa: S308 - every piece of it was escaped above


def hipchat_html(text: str) -> SafeString:
    """HipChat's few tags and http(s) links; every other tag is dropped."""
    drawer = _HipChatHtml()
    drawer.feed(text)
    drawer.close()
    return mark_safe("".join(drawer.out))  # noqa: S308 - made of escaped text and known tags only


def hipchat_text(text: str) -> SafeString:
    """What a person could have typed: addresses become links, @mentions stand out."""
    html = ADDRESS.sub(lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>', escape(text))
    html = MENTION.sub(lambda found: f'<span class="mention">{found[0]}</span>', html)
    return mark_safe(html.replace("\n", "<br>"))  # noqa: S308 - escaped before


def _plain(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return str(escape(text))


def _angled(inside: str) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return f"<time>{_plain(label)}</time>"
    if target.startswith("@") and (person := KNOWN.get(target[1:])):
        return f'<span class="mention">@{_plain(person.full_name)}</span>'
    if target[:1] in ("@", "#", "!"):
        return f'<span class="mention">{_plain(label or "@" + target.lstrip("@#!"))}</span>'
    if target.startswith(("http://", "https://", "mailto:")):
        return f'<a href="{_plain(target)}" rel="noreferrer">{_plain(label or target)}</a>'
    return f"&lt;{_plain(inside)}&gt;"


class _HipChatHtml(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.out.append(escape(dict(attrs).get("alt") or "[image]"))
        if tag not in TAGS:
            return
        href = unescape(dict(attrs).get("href") or "") if tag == "a" else ""
        link = f' href="{escape(href)}" rel="noreferrer"' if href.startswith(("http://", "https://")) else ""
        self.out.append(f"<{tag}{link}>")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open:
            last = self.open.pop()
            self.out.append(f"</{last}>")
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        self.out.append(str(escape(data)))

    def close(self) -> None:
        super().close()
        while self.open:
            self.out.append(f"</{self.open.pop()}>")
