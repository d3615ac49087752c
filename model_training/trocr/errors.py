"""What can go wrong with a TrOCR; the message says what to do."""


class CannotLoad(Exception):
    """The model, its processor or the libraries that run it are missing or do not fit."""
