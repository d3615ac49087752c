"""Numbers that guard themselves by check digits, as automata.

All are over the whole string, check digits included, of at least one digit.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from recognizer.automaton import DEAD, Automaton, build
from recognizer.errors import ConstraintError

MOST_WEIGHTS = 64
MODULI = (2, 1_000)
_DIGITS = np.arange(10)


@dataclass(frozen=True)
class WeightedSum:
    """The sum of each digit times its weight leaves a remainder when divided by the modulus.

    weights: one a digit from the left, 1 to 64 of them, so they fix the length; modulus: 2 to 1,000; remainder: below
    the modulus.
    """

    weights: tuple[int, ...]
    modulus: int
    remainder: int = 0


def luhn() -> Automaton:
    """ISO/IEC 7812-1, annex B (payment cards): from the right, each second digit is doubled and its digits added.

    Which digits are doubled is known only at the end, so a state holds both sums, modulo 10: as if the digit just read
    were the last, and as if it were the last but one.
    """
    last, other = np.divmod(np.arange(100), 10)
    doubled = 2 * _DIGITS // 10 + 2 * _DIGITS % 10
    transitions = (other[:, None] + _DIGITS) % 10 * 10 + (last[:, None] + doubled) % 10
    transitions = np.vstack([transitions[:1], transitions]) + 1  # a start of its own: no digits are no number
    accepting = np.append(False, last == 0)
    return build(transitions.astype(np.int32), accepting, "checksum")


def iso7064_mod11_10() -> Automaton:
    """ISO/IEC 7064, the hybrid system MOD 11,10, one check digit (German tax numbers, for one)."""
    checks = (np.arange(10) + 5) % 10  # of a state; the procedure starts with 5, which doubled is its modulus less 1
    carried = 2 * np.where(checks == 0, 10, checks) % 11
    transitions = ((carried[:, None] + _DIGITS) % 10 - 5) % 10
    return build(transitions.astype(np.int32), checks == 1, "checksum")


def mod97() -> Automaton:
    """ISO/IEC 7064, the pure system MOD 97-10, two check digits: modulo 97 the number is 1 (an IBAN in digits)."""
    remainders = np.arange(97)
    transitions = (10 * remainders[:, None] + _DIGITS) % 97
    return build(transitions.astype(np.int32), remainders == 1, "checksum")


def ean13() -> Automaton:
    """GS1 General Specifications, section 7.9 (GTIN-13, ISBN-13): 13 digits, weights 1 and 3 by turns, modulo 10."""
    return weighted_sum(WeightedSum((1, 3) * 6 + (1,), 10))


def isbn10() -> Automaton:
    """ISO 2108 before 2007: 10 digits, weights 10 down to 1, modulo 11. Those that end in X are left out."""
    return weighted_sum(WeightedSum(tuple(range(10, 0, -1)), 11))


def weighted_sum(rule: WeightedSum) -> Automaton:
    """Raises ConstraintError where the rule is malformed."""
    check_weighted_sum(rule)
    count, modulus = len(rule.weights), rule.modulus
    weights = np.array([weight % modulus for weight in rule.weights])
    sums = (np.arange(modulus)[None, :, None] + weights[:, None, None] * _DIGITS) % modulus
    targets = sums + modulus * np.arange(1, count + 1)[:, None, None]  # (digits read, sum so far, next digit)
    ends = np.full((modulus, 10), DEAD)
    transitions = np.concatenate([targets.reshape(-1, 10), ends]).astype(np.int32)
    accepting = np.zeros(len(transitions), np.bool_)
    accepting[count * modulus + rule.remainder] = True
    return build(transitions, accepting, "checksum")


def check_weighted_sum(rule: WeightedSum) -> None:
    """Raises ConstraintError where the rule is malformed."""
    if not isinstance(rule.weights, tuple) or not 1 <= len(rule.weights) <= MOST_WEIGHTS:
        raise ConstraintError(f"weights must be 1 to {MOST_WEIGHTS} whole numbers, one a digit", "checksum")
    for position, weight in enumerate(rule.weights):
        if type(weight) is not int:
            raise ConstraintError("every weight must be a whole number", "checksum", position)
    if type(rule.modulus) is not int or not MODULI[0] <= rule.modulus <= MODULI[1]:
        raise ConstraintError(f"the modulus must be a whole number from {MODULI[0]} to {MODULI[1]}", "checksum")
    if type(rule.remainder) is not int or not 0 <= rule.remainder < rule.modulus:
        raise ConstraintError("the remainder must be a whole number from 0 to the modulus less 1", "checksum")


_BUILDERS = {
    "luhn": luhn,
    "iso7064_mod11_10": iso7064_mod11_10,
    "mod97": mod97,
    "ean13": ean13,
    "isbn10": isbn10,
}
CHECKSUMS = tuple(_BUILDERS)


@cache
def checksum(name: str) -> Automaton:
    """name: one of CHECKSUMS."""
    return _BUILDERS[name]()
