"""The one error type of the renderer: a message for people that says what, where and what to do."""


class RenderError(Exception):
    """Bad input or a missing part of the system; the command line prints it as one line."""
