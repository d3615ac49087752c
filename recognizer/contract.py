"""What a model file promises and the recognizer relies on; the one place for charset, blank and time steps."""

from recognizer.preparation import HEIGHT, PREPARATION_VERSION

CHARSET = "0123456789"
BLANK = len(CHARSET)
CLASS_COUNT = len(CHARSET) + 1
STEP_WIDTH = 2
"""Columns of the prepared picture a time step."""

INPUT_NAME = "pictures"
OUTPUT_NAME = "logits"

METADATA = {
    "charset": CHARSET,
    "blank": str(BLANK),
    "height": str(HEIGHT),
    "step_width": str(STEP_WIDTH),
    "preparation_version": str(PREPARATION_VERSION),
}
"""Metadata of the ONNX file that must be exactly so."""

SINGLE_DIGITS = "single_digits"
"""Metadata of the ONNX file that may be left out: a second model of one digit a picture, an ONNX file in base64."""
