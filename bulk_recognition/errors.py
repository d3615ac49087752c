"""What can stop a job. A picture that cannot be read never does: it is a row with its error.

BulkError
├── InputError      the input is not there or cannot be understood
├── OutputError     the output cannot be written; what is read is kept
├── OtherJob        under the output there is, or is being made, something else than was asked for
└── ReaderDied      what reads pictures dies again and again, or does not start
"""


class BulkError(Exception):
    """Base of all errors of this package. The message says what to do."""


class InputError(BulkError):
    pass


class OutputError(BulkError):
    pass


class OtherJob(BulkError):
    pass


class ReaderDied(BulkError):
    pass
