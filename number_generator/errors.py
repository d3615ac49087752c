"""What can go wrong when pictures of numbers are made.

GeneratorError
├── DigitSourceError    the data set is missing, damaged, or not the published one
└── LayoutError         the string cannot be laid out as asked
"""


class GeneratorError(Exception):
    """Base of all errors of this package."""


class DigitSourceError(GeneratorError):
    pass


class LayoutError(GeneratorError, ValueError):
    pass
