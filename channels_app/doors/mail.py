"""The mail door: the operator's `EMAIL_URL`, in a few threads beside the loop. Its address is not judged."""

import hashlib
import smtplib  # noqa: TID251 - this package is the door
import socket
import ssl
import time
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from channels_app.contract import DoorError, MailCall, Reply
from channels_app.doors.pictures import picture
from channels_app.doors.pool import Pool
from channels_app.doors.smtp import backend
from channels_app.text import line, scrub

THREADS = 4
TOO_LARGE = 552
NO_SMTP = "the mail server answered in an unexpected way"
Ended = tuple[int | None, DoorError | None, str]


def mail_pool(seconds: float) -> Pool[MailCall]:
    """The door; each mail has `seconds`. Those that wait for a picture hold up no others."""
    return Pool(partial(send, seconds=seconds), THREADS, "bellhop-mail", slow=_brings_picture)


def _brings_picture(call: MailCall) -> bool:
    return call.picture is not None


def send(call: MailCall, seconds: float) -> Reply:
    """Hand one mail to the operator's server. Never raises."""
    png = picture(call.picture.token) if call.picture else None
    started = time.monotonic()
    status, error, words = _deliver(call, seconds, png)
    took = time.monotonic() - started
    if status is None and took >= seconds:
        error, words = DoorError.TIMEOUT, "no answer from the mail server in time"
    return Reply(status, error=error, error_words=words, seconds=took, at=time.time())


def _deliver(call: MailCall, seconds: float, png: bytes | None) -> Ended:
    try:
        compose(call, seconds, png).send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()), (550, b""))
        return _said(code, words, DoorError.REFUSED_RECIPIENT)
    except smtplib.SMTPResponseException as refused:
        return _refused(refused)
    except (OSError, smtplib.SMTPException) as failed:  # first: a doubtful certificate is a ValueError as well
        return None, *_network_error(failed)
    except ValueError:
        return None, DoorError.BAD_ADDRESS, "the recipient's address cannot be written into a mail"
    except Exception as failed:  # noqa: BLE001 - any backend may be configured, and a call must end with a reply
        return None, DoorError.OTHER, f"the mail could not be handed over ({type(failed).__name__})"
    return 250, None, ""


def _refused(refused: smtplib.SMTPResponseException) -> Ended:
    if isinstance(refused, smtplib.SMTPAuthenticationError):
        return _said(refused.smtp_code, "the mail server refused the login", DoorError.REFUSED_LOGIN)
    of_the_content = isinstance(refused, smtplib.SMTPDataError) or refused.smtp_code == TOO_LARGE
    return _said(refused.smtp_code, refused.smtp_error, None if of_the_content else DoorError.OTHER)


def _said(code: int, words: bytes | str, error: DoorError | None) -> Ended:
    """smtplib says -1 where the server gave no code at all."""
    if not 200 <= code < 600:
        return None, DoorError.OTHER, NO_SMTP
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return code, error, line(scrub(text, (settings.EMAIL_HOST_PASSWORD or "",)))


class _Mail(EmailMultiAlternatives):
    """Its attachments are parts of what it shows."""

    mixed_subtype = "related"


def compose(call: MailCall, seconds: float, png: bytes | None = None) -> EmailMultiAlternatives:
    """The mail as Django knows it. Control characters in the subject and in headers become spaces."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or settings.DEFAULT_FROM_EMAIL
    headers = {name: line(value) for name, value in call.headers.items()}
    headers["Message-ID"] = _message_id(call, address)
    mail = _Mail(
        subject=line(call.subject),
        body=call.text,
        from_email=formataddr((line(call.sender_name), address)) if call.sender_name else settings.DEFAULT_FROM_EMAIL,
        to=[call.to],
        headers=headers,
        connection=backend(seconds),
    )
    if call.picture and png:
        mail.attach_alternative(call.picture.html, "text/html")
        mail.attach(_image(call.picture.cid, png))
    elif call.html:
        mail.attach_alternative(call.html, "text/html")
    return mail


def _image(cid: str, png: bytes) -> MIMEImage:
    image = MIMEImage(png, "png")
    image.add_header("Content-ID", f"<{cid}>")
    image.add_header("Content-Disposition", "inline", filename="graph.png")
    return image


def _message_id(call: MailCall, sender: str) -> str:
    """The same mail sent twice has the same id, so that a mailbox can drop the second."""
    whole = "\n".join((call.identity, call.to, call.subject, "" if call.identity else call.text))
    return (
        f"<{hashlib.sha256(whole.encode(errors='replace')).hexdigest()[:40]}@{sender.rpartition('@')[2] or 'bellhop'}>"
    )


def _network_error(failed: Exception) -> tuple[DoorError, str]:
    if isinstance(failed, TimeoutError):
        return DoorError.TIMEOUT, "no answer from the mail server in time"
    if isinstance(failed, smtplib.SMTPNotSupportedError):
        return DoorError.TLS, "the mail server does not offer the secure connection or login that is configured"
    if isinstance(failed, ssl.SSLCertVerificationError):
        return DoorError.TLS, "the mail server's certificate could not be verified"
    if isinstance(failed, ssl.SSLError):
        return DoorError.TLS, "no secure connection with the mail server could be agreed"
    if isinstance(failed, socket.gaierror):
        return DoorError.DNS, "the mail server's name was not found"
    if isinstance(failed, (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError)):
        return DoorError.RESET, "the mail server closed the connection"
    if isinstance(failed, smtplib.SMTPException):
        return DoorError.OTHER, NO_SMTP
    return DoorError.CONNECT, "no connection to the mail server could be made"
