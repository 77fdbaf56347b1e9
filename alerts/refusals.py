"""What a reader of one value raises; below everything else, so that all may."""


class Refused(Exception):
    """A value cannot be taken; the text says why."""
