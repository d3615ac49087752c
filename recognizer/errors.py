"""What can go wrong when a picture is read.

RecognizerError
├── PictureError               the picture cannot be read; `code` is stable
│   ├── NotAPicture            neither PNG nor JPEG
│   ├── TruncatedPicture       the file ends before the picture does
│   ├── CorruptPicture         the file is damaged
│   ├── PictureTooSmall        fewer pixels than a digit needs
│   └── PictureTooLarge        more pixels than the limit, told from the header
├── ConstraintError            the constraint is malformed, contradicts itself or is too complex; `code` is stable
└── ModelError                 the model file cannot be served
    ├── ModelFileError         missing, or no ONNX file
    └── ModelContractError     its metadata do not match this version of the recognizer
"""


class RecognizerError(Exception):
    """Base of all errors of this package."""


class PictureError(RecognizerError):
    """A picture that cannot be read. The message never repeats its contents."""

    code = "picture_error"


class NotAPicture(PictureError):
    code = "not_a_picture"


class TruncatedPicture(PictureError):
    code = "picture_truncated"


class CorruptPicture(PictureError):
    code = "picture_corrupt"


class PictureTooSmall(PictureError):
    code = "picture_too_small"


class PictureTooLarge(PictureError):
    code = "picture_too_large"


class ConstraintError(RecognizerError):
    """A constraint that cannot be used. The message says what to do and never repeats the constraint.

    field: the field of `Constraint` that is to blame, several parted by ", ". position: where in it, counted from 0:
    the character of a pattern, the entry of a list; None where no one place is to blame.
    """

    code = "constraint_invalid"

    def __init__(self, message: str, field: str, position: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.position = position

    def __reduce__(self) -> tuple[type["ConstraintError"], tuple[str, str, int | None]]:
        return type(self), (str(self), self.field, self.position)  # so that it travels between processes


class ModelError(RecognizerError):
    """A model that cannot be served."""


class ModelFileError(ModelError):
    pass


class ModelContractError(ModelError):
    pass
