"""The WSGI application. A server that starts it without the commands must not run on malformed settings either."""

import os
import sys

from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application

# What gunicorn takes for "cannot start", instead of trying again for ever.
CANNOT_START = 3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
if faults := [message for message in run_checks() if message.is_serious() and not message.is_silenced()]:
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    sys.exit(CANNOT_START)
