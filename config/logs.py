"""Log lines as JSON, so that no name from outside can forge one."""

import json
import logging
import re
from datetime import UTC, datetime

# What an address holds that opens a door: tokens of invitations, of password links, of hooks, of mails, of graphs.
_SECRETS = re.compile(r"/(invitations|reset/[^/\s]+|hooks/[\w-]+|chat/link|mail/\w+|i)/[^/\s'\"]+(?:/\?[^\s'\"]*)?")


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message and, on errors, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = _without_secrets(self.formatException(record.exc_info))
        return json.dumps(line)


def _without_secrets(text: str) -> str:
    return _SECRETS.sub(r"/\1/…", text)
