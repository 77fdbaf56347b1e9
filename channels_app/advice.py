"""What people can do about each reason, in one sentence, wherever the reason is shown."""

from channels_app.contract import Reason

ADVICE: dict[Reason, str] = {
    Reason.NETWORK: "Check the address, and whether the service runs and can be reached from here.",
    Reason.ADDRESS_REFUSED: "Check the address: it must be a public one with https, or one that the operator allows.",
    Reason.REMOTE_ERROR: "Look whether the service has a known disturbance; the fault is on its side.",
    Reason.RATE_LIMITED: "There is nothing to mend: wait a little.",
    Reason.UNEXPECTED_ANSWER: "Check the address: a proxy or a login page may stand between.",
    Reason.BAD_CREDENTIALS: "Make a new token or webhook and save it here; for e-mail, tell the operator.",
    Reason.NOT_ALLOWED: "Ask the owner of the room or channel to allow posting, or make a new token or webhook.",
    Reason.DESTINATION_GONE: "Choose another room or channel, or make a new webhook there.",
    Reason.CONTENT_REFUSED: "Other messages are not held up. Check its template, or tell the operator.",
    Reason.RECIPIENT_REFUSED: "Check the address for typing errors, or ask who runs that mailbox.",
    Reason.REDIRECTED: "Save the address that it leads to, if you trust it.",
}
