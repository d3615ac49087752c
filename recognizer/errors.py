"""What can go wrong when a picture is read.

RecognizerError
├── PictureError               the picture cannot be read; `code` is stable
│   ├── NotAPicture            neither PNG nor JPEG
│   ├── TruncatedPicture       the file ends before the picture does
│   ├── CorruptPicture         the file is damaged
│   ├── PictureTooSmall        fewer pixels than a digit needs
│   └── PictureTooLarge        more pixels than the limit, told from the header
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


class ModelError(RecognizerError):
    """A model that cannot be served."""


class ModelFileError(ModelError):
    pass


class ModelContractError(ModelError):
    pass
