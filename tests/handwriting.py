"""Digits as a hand writes them: strokes, each a smooth curve through a few points."""

Point = tuple[float, float]
Stroke = list[Point]

# x to the right from 0 to about 0.65, y down from 0 to 1; a stroke's curve goes through all its points.
DIGITS: dict[str, list[Stroke]] = {
    "0": [[(0.36, 0.02), (0.14, 0.14), (0.03, 0.48), (0.12, 0.88), (0.34, 0.99), (0.55, 0.84), (0.62, 0.46),
           (0.52, 0.12), (0.36, 0.02)]],
    "1": [[(0.14, 0.20), (0.32, 0.02), (0.31, 0.35), (0.28, 0.70), (0.26, 1.00)]],
    "2": [[(0.06, 0.26), (0.16, 0.07), (0.36, 0.01), (0.54, 0.14), (0.52, 0.38), (0.32, 0.66), (0.05, 0.96),
           (0.05, 0.97), (0.34, 0.95), (0.64, 0.95)]],
    "3": [[(0.08, 0.12), (0.28, 0.01), (0.50, 0.10), (0.50, 0.32), (0.26, 0.45), (0.27, 0.46), (0.53, 0.58),
           (0.57, 0.80), (0.34, 0.99), (0.05, 0.88)]],
    "4": [[(0.24, 0.02), (0.16, 0.26), (0.05, 0.56), (0.05, 0.57), (0.32, 0.57), (0.62, 0.54)],
          [(0.48, 0.24), (0.45, 0.60), (0.42, 1.00)]],
    "5": [[(0.14, 0.03), (0.12, 0.22), (0.09, 0.42), (0.10, 0.42), (0.32, 0.37), (0.54, 0.52), (0.55, 0.80),
           (0.32, 0.98), (0.04, 0.90)],
          [(0.14, 0.04), (0.34, 0.03), (0.58, 0.02)]],
    "6": [[(0.48, 0.02), (0.22, 0.22), (0.06, 0.58), (0.10, 0.90), (0.32, 0.99), (0.54, 0.84), (0.50, 0.60),
           (0.28, 0.54), (0.09, 0.72)]],
    "7": [[(0.04, 0.06), (0.30, 0.04), (0.60, 0.04), (0.60, 0.05), (0.44, 0.42), (0.28, 1.00)]],
    "8": [[(0.52, 0.14), (0.32, 0.01), (0.12, 0.16), (0.24, 0.40), (0.48, 0.60), (0.54, 0.84), (0.32, 0.99),
           (0.10, 0.84), (0.20, 0.58), (0.46, 0.36), (0.53, 0.14)]],
    "9": [[(0.54, 0.14), (0.34, 0.01), (0.11, 0.14), (0.08, 0.36), (0.26, 0.48), (0.46, 0.36), (0.55, 0.12),
           (0.55, 0.13), (0.53, 0.55), (0.46, 1.00)]],
}  # fmt: skip


def strokes_of(number: str, left: float, top: float, height: float) -> list[Stroke]:
    """Strokes of a whole number, in pixels, its digits a little uneven in size and place."""
    strokes: list[Stroke] = []
    for place, digit in enumerate(number):
        size = height * (1 - 0.06 * (place % 2))
        lift = height * 0.04 * (place % 3)
        strokes += [[(left + x * size, top + lift + y * size) for x, y in curve(stroke)] for stroke in DIGITS[digit]]
        left += height * 0.85
    return strokes


def curve(points: Stroke, steps: int = 8) -> Stroke:
    """Points of a Catmull-Rom spline, https://en.wikipedia.org/wiki/Catmull-Rom_spline."""
    padded = [points[0], *points, points[-1]]
    smooth = [
        _between(padded[index : index + 4], step / steps) for index in range(len(points) - 1) for step in range(steps)
    ]
    return [*smooth, points[-1]]


def _between(around: Stroke, share: float) -> Point:
    """Four points, the curve's point at `share` of the way from the second to the third."""
    weights = (
        -0.5 * share + share**2 - 0.5 * share**3,
        1 - 2.5 * share**2 + 1.5 * share**3,
        0.5 * share + 2 * share**2 - 1.5 * share**3,
        -0.5 * share**2 + 0.5 * share**3,
    )
    return (
        sum(weight * x for weight, (x, _) in zip(weights, around, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, around, strict=True)),
    )
