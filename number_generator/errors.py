"""What can go wrong when pictures of numbers are made.

GeneratorError
├── DigitSourceError    the data set is missing, damaged, or not the published one
├── LayoutError         the string cannot be laid out as asked
├── MissingExtra        an optional dependency is not installed
└── OutputError         pictures or data sets cannot be written there
"""


class GeneratorError(Exception):
    """Base of all errors of this package."""


class DigitSourceError(GeneratorError):
    pass


class LayoutError(GeneratorError, ValueError):
    pass


class MissingExtra(GeneratorError):
    """extra: of this library's, that brings what is missing."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} needs {package}: pip install 'number-generator[{extra}]', or {package} alone")


class OutputError(GeneratorError, OSError):
    pass
