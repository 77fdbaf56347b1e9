"""What people paste into the fields of a Slack integration, and what is wrong with it in a sentence. Pure."""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

SERVER = "https://slack.com/api"
SLACK_HOSTS = ("slack.com", "slack-gov.com")
SHORTEST_SECRET = 16
_WORKFLOW = "This is the address of a workflow, which takes variables and no messages: create an incoming webhook."
_OTHER_URLS = {
    "workflows": _WORKFLOW,
    "triggers": _WORKFLOW,
    "commands": "This is the answer address of a slash command, good for 30 minutes: create an incoming webhook.",
    "actions": "This is the answer address of a button, good for 30 minutes: create an incoming webhook.",
    "api": "This is an address of Slack's Web API, which needs a bot token: create an incoming webhook.",
}
_OTHER_TOKENS = {
    "xapp-": "This is an app-level token: paste the Bot User OAuth Token, which begins with xoxb-.",
    "xoxp-": "This is the token of a person: paste the Bot User OAuth Token, which begins with xoxb-.",
    "xoxe": "This is a token that expires: switch token rotation off in the app, and paste its Bot User OAuth Token.",
}
_METHOD = re.compile(r"/[a-z]+\.[A-Za-z.]+$")
_ID = re.compile(r"[CGDUW][A-Z0-9]{7,20}")
_NAME = re.compile(r"#[^\s#@<>,|/\\:\"]{1,80}")
_LINK = re.compile(r"https://[^\s/]+/(?:archives|client/[A-Z0-9]+)/([CGD][A-Z0-9]{7,20})(?:[/?].*)?")


def problem_with_webhook(url: str) -> str:
    """What to do instead, or empty for what may be a webhook."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path
    first = path.strip("/").partition("/")[0]
    if host.endswith("hipchat.com") or path.startswith("/v2/room/"):
        return "This is the address of a HipChat room: choose the type HipChat and paste it there."
    if not first:
        return "The address has no path: paste the whole webhook URL, with everything after the host."
    if is_slacks(host):
        return _OTHER_URLS.get(
            first, "" if host.startswith("hooks.") else "This is a page of Slack: paste the webhook URL."
        )
    return ""


def problem_with_token(token: str, elsewhere: bool) -> str:
    """The same for a bot token; how those of another server look is not known."""
    other = next((words for prefix, words in _OTHER_TOKENS.items() if token.startswith(prefix)), "")
    if other:
        return other
    if not _is_one_word(token):
        return "A bot token is made of letters, digits and hyphens: copy it again."
    if not elsewhere and not token.startswith("xoxb-"):
        return "A bot token begins with xoxb-: copy the Bot User OAuth Token of the app."
    return ""


def problem_with_secret(secret: str) -> str:
    """The same for a signing secret."""
    if secret.startswith(("xox", "xapp-")):
        return "This is a token: the signing secret stands under Basic Information of the app."
    if not _is_one_word(secret) or len(secret) < SHORTEST_SECRET:
        return "A signing secret is made of letters and digits, 32 of them at Slack: copy it again."
    return ""


def channel_of(text: str) -> str:
    """The id or `#name` that an app can post to; empty where `text` is neither."""
    found = _LINK.fullmatch(text)
    if found:
        return found[1]
    name = text if text.startswith("#") or _ID.fullmatch(text) else f"#{text}"
    return name if _ID.fullmatch(name) or _NAME.fullmatch(name) else ""


def names_a_channel(channel: str) -> bool:
    """Whether it is the id by which Slack itself names a channel: no `#name`, and no id of a person."""
    return bool(_ID.fullmatch(channel)) and channel[0] in "CGD"


def is_slacks(host: str) -> bool:
    """Whether that host, in lower case, is Slack's."""
    return any(host == known or host.endswith(f".{known}") for known in SLACK_HOSTS)


def base_of(url: str) -> str:
    """The address of a Web API up to the slash before a method; empty for none."""
    parts = urlsplit(url)
    path = _METHOD.sub("", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, path or _usual_path(parts), "", "")) if url else ""


def _usual_path(parts: SplitResult) -> str:
    return "/api" if is_slacks(parts.hostname or "") else ""


def _is_one_word(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
