"""Constraints against brute force: what is legal among all strings of up to 4 digits, and what is refused."""

import pickle
import re
from collections.abc import Callable, Iterator
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.automaton import to_rows
from recognizer.checksums import CHECKSUMS, WeightedSum
from recognizer.constraint import MOST_KEPT, Constraint, NumberRange, compile_constraint
from recognizer.errors import ConstraintError
from tests.recognizer.languages import STRINGS, accepted, is_trimmed

Oracle = Callable[[str], bool]


def luhn(number: str) -> bool:
    backwards = [int(digit) for digit in reversed(number)]
    doubled = sum(sum(map(int, str(2 * digit))) for digit in backwards[1::2])
    return number != "" and (sum(backwards[::2]) + doubled) % 10 == 0


def mod11_10(number: str) -> bool:
    """As the standard puts it: P(1) = 10, S(j) = P(j) mod 11 + digit, P(j + 1) = 2 * S(j) mod 10, or 20 for 0."""
    product_, total = 10, 0
    for digit in number:
        total = product_ % 11 + int(digit)
        product_ = 2 * (total % 10 or 10)
    return number != "" and total % 10 == 1


def weighted(rule: WeightedSum) -> Oracle:
    def check(number: str) -> bool:
        total = sum(int(digit) * weight for digit, weight in zip(number, rule.weights, strict=False))
        return len(number) == len(rule.weights) and total % rule.modulus == rule.remainder

    return check


CHECKS: dict[str, Oracle] = {
    "luhn": luhn,
    "iso7064_mod11_10": mod11_10,
    "mod97": lambda number: number != "" and int(number) % 97 == 1,
    "ean13": lambda number: len(number) == 13 and sum(map(int, number + 2 * number[1::2])) % 10 == 0,
    "isbn10": lambda number: len(number) == 10 and sum(int(d) * (10 - i) for i, d in enumerate(number)) % 11 == 0,
}


def oracles(constraint: Constraint) -> Iterator[Oracle]:
    """One for each field that is given."""
    length, pattern, one_of, range_ = constraint.length, constraint.pattern, constraint.one_of, constraint.range
    if length is not None:
        least, most = length if isinstance(length, tuple) else (length, length)
        yield lambda number: least <= len(number) <= most
    if pattern is not None:
        yield lambda number: re.fullmatch(pattern, number) is not None
    if one_of is not None:
        yield set(one_of).__contains__
    if range_ is not None:
        yield (
            lambda number: (
                number != ""
                and range_.low <= int(number) <= range_.high
                and (range_.leading_zeros or number == str(int(number)))
            )
        )
    if isinstance(constraint.checksum, WeightedSum):
        yield weighted(constraint.checksum)
    elif constraint.checksum is not None:
        yield CHECKS[constraint.checksum]


def legal(constraint: Constraint) -> list[str]:
    """Of STRINGS, by brute force."""
    found = STRINGS
    for oracle in oracles(constraint):
        found = [number for number in found if oracle(number)]
    return found


def check(constraint: Constraint) -> None:
    expected = legal(constraint)
    try:
        automaton = compile_constraint(constraint)
    except ConstraintError as error:
        assert "no number can satisfy" in str(error)  # noqa: PT017
        assert expected == []
        return
    assert set(accepted(automaton)) ^ set(expected) == set()  # the difference alone: a list of all is slow to print
    assert is_trimmed(automaton)


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint(),  # any digits, and none
        # Lengths.
        Constraint(length=0),
        Constraint(length=3),
        Constraint(length=(2, 3)),
        Constraint(length=(0, 100)),
        # Patterns.
        Constraint(pattern="7"),
        Constraint(pattern=r"0\d{2,3}"),
        Constraint(pattern=r"(19|20)\d{2}"),
        Constraint(pattern=r"(0[1-9]|1[0-2])(?:\d\d)?"),
        Constraint(pattern="^1|2$"),  # of the whole pattern, not of a choice
        Constraint(pattern="[^0][13579]*"),
        Constraint(pattern="(12|3)*4+"),
        Constraint(pattern="(|1)2?()"),  # choices and groups of nothing
        Constraint(pattern="1{0}2{0,}"),
        Constraint(pattern="(1?2?){2,3}"),  # repeated parts that may be nothing
        Constraint(pattern="((1*)*)*"),
        Constraint(pattern=r"[\d][^\d1-8]"),
        Constraint(pattern=r".*1.{2}"),  # a choice that is settled late
        # Lists.
        Constraint(one_of=("12",)),
        Constraint(one_of=("12", "1", "0012", "123", "12", "9999")),  # prefixes of each other, and one twice
        Constraint(one_of=("7" * 100, "70")),
        # Ranges.
        Constraint(range=NumberRange(0, 0)),
        Constraint(range=NumberRange(0, 0, leading_zeros=True)),
        Constraint(range=NumberRange(0, 1234)),
        Constraint(range=NumberRange(7, 7, leading_zeros=True)),
        Constraint(range=NumberRange(95, 1203)),
        Constraint(range=NumberRange(95, 1203, leading_zeros=True)),
        Constraint(range=NumberRange(1000, 10**100 - 1)),
        # Check digits.
        *[Constraint(checksum=name) for name in CHECKSUMS],
        Constraint(checksum=WeightedSum((3, 1, 7), 10)),
        Constraint(checksum=WeightedSum((-1, 12345678901234567890, 5, 2), 97, 13)),
        Constraint(checksum=WeightedSum((1, 0, 0), 10, 4)),
        # Several.
        Constraint(length=4, pattern="[12].*", range=NumberRange(1500, 2500), checksum="luhn"),
        Constraint(length=(3, 4), range=NumberRange(5, 60, leading_zeros=True)),
        Constraint(one_of=("18", "26", "59", "091", "1230"), checksum="luhn", length=(2, 3)),
        Constraint(length=2, pattern="1.*", one_of=("123",)),  # nothing
    ],
    ids=repr,
)
def test_an_automaton_accepts_what_brute_force_finds_legal(constraint: Constraint) -> None:
    check(constraint)


SETS = st.sampled_from(["0", "1", "2", ".", r"\d", "[01]", "[1-3]", "[^0]", "[^1-9]", r"[\d]"])
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{0}", "{2}", "{1,}", "{0,}", "{0,2}", "{2,3}"])


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.builds("({}|{}){}".format, inner, inner, QUANTIFIERS),
        st.builds("(?:{}|){}".format, inner, QUANTIFIERS),
    )


PATTERNS = nested(nested(st.builds("{}{}".format, SETS, QUANTIFIERS)))  # deeper ones keep re busy
RANGES = st.builds(
    lambda bounds, leading_zeros: NumberRange(min(bounds), max(bounds), leading_zeros),
    st.tuples(st.integers(0, 12_000), st.integers(0, 12_000)),
    st.booleans(),
)
WEIGHTED = st.builds(
    lambda weights, modulus, remainder: WeightedSum(tuple(weights), modulus, remainder % modulus),
    st.lists(st.integers(-20, 20), min_size=1, max_size=5),
    st.integers(2, 40),
    st.integers(0, 40),
)
CONSTRAINTS = st.builds(
    Constraint,
    st.none() | st.integers(0, 5) | st.tuples(st.integers(0, 3), st.integers(3, 6)),
    st.none() | PATTERNS,
    st.none() | st.lists(st.sampled_from(STRINGS[1:]), min_size=1, max_size=300).map(tuple),
    st.none() | RANGES,
    st.none() | st.sampled_from(CHECKSUMS) | WEIGHTED,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PATTERNS)
def test_a_pattern_means_what_it_means_to_python(pattern: str) -> None:
    check(Constraint(pattern=pattern))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(CONSTRAINTS)
def test_all_that_is_given_must_hold(constraint: Constraint) -> None:
    check(constraint)


@pytest.mark.parametrize("digits", ["", "7", "0412", "4x", "-1", " 1", "४२", "²", "1\n", "12345"])
def test_one_string_is_judged_as_many_are(digits: str) -> None:
    automaton = compile_constraint(Constraint(length=(0, 4), pattern="0?4?.*"))
    assert automaton.accepts(digits) == (digits in STRINGS)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("luhn", "4111111111111111"),  # the test number of Visa
        ("luhn", "378282246310005"),  # of American Express, 15 digits
        ("luhn", "79927398713"),  # of US patent 2950048 as told in most texts
        ("luhn", "490154203237518"),  # an IMEI
        ("iso7064_mod11_10", "86095742719"),  # a German tax number of its own leaflet
        ("iso7064_mod11_10", "07945"),  # the standard's 0794 with its check digit
        ("mod97", "79444"),  # the standard's 794 with its check digits
        ("mod97", "3214282912345698765432161182"),  # GB82 WEST 1234 5698 7654 32, put into digits
        ("ean13", "4006381333931"),
        ("ean13", "9780306406157"),  # an ISBN-13
        ("isbn10", "0306406152"),
    ],
)
def test_a_known_number_has_a_right_check_digit_and_no_other_fits(name: str, number: str) -> None:
    automaton = compile_constraint(Constraint(checksum=name))
    assert [digit for digit in "0123456789" if automaton.accepts(number[:-1] + digit)] == [number[-1]]
    assert CHECKS[name](number)
    assert is_trimmed(automaton)


@pytest.mark.parametrize(("name", "length"), [("luhn", 15), ("luhn", 16), ("ean13", 13), ("isbn10", 10), ("mod97", 12)])
def test_check_digits_of_long_numbers_agree_with_the_formula(name: str, length: int) -> None:
    random = Random(4)
    automaton = compile_constraint(Constraint(length=length, checksum=name))
    for _ in range(200):
        number = "".join(random.choices("0123456789", k=length))
        for ending in range(100):
            ended = f"{number[:-2]}{ending:02}"
            assert automaton.accepts(ended) == CHECKS[name](ended)


@pytest.mark.parametrize(
    ("constraint", "states"),
    [
        (Constraint(), 1),
        (Constraint(pattern=r"0\d{10}"), 12),
        (Constraint(pattern=r"\d{4}|\d{2}(\d\d)"), 5),  # the same twice
        (Constraint(checksum="luhn"), 101),
        (Constraint(checksum="luhn", length=16), 152),  # a known length settles which digits are doubled
        (Constraint(checksum="mod97"), 97),
        (Constraint(one_of=("125", "225", "325")), 4),  # endings are shared as well
    ],
    ids=repr,
)
def test_automata_are_as_small_as_can_be(constraint: Constraint, states: int) -> None:
    assert len(compile_constraint(constraint)) == states


def test_a_list_of_ten_thousand_numbers_is_taken_whole() -> None:
    random = Random(1)
    numbers = tuple("".join(random.choices("0123456789", k=16)) for _ in range(10_000))
    automaton = compile_constraint(Constraint(one_of=numbers))
    assert automaton.accepts_each(to_rows(list(numbers))).all()
    assert not any(automaton.accepts(number[:-1]) or automaton.accepts(number + "0") for number in numbers[:100])
    with_luhn = compile_constraint(Constraint(one_of=numbers, checksum="luhn"))
    assert with_luhn.accepts_each(to_rows(list(numbers))).tolist() == [luhn(number) for number in numbers]


@pytest.mark.parametrize(
    ("pattern", "position", "told"),
    [
        ("", None, "empty"),
        ("1" * 1001, 1000, "longer than 1,000"),
        ("12a", 2, "only digits"),
        ("1 2", 1, "only digits"),
        ("٣", 0, "only digits"),  # a digit, but not an ASCII one
        ("1}", 1, "only digits"),
        (r"1\w", 1, r"only \d"),
        (r"(1)\1", 3, "back references"),
        ("1\\", 1, r"only \d"),
        (r"[\D]", 1, r"only \d"),
        ("1^2", 1, "whole number"),
        ("(1$)", 2, "whole number"),
        ("1$$", 1, "whole number"),
        ("*1", 0, "nothing to repeat"),
        ("1|+", 2, "nothing to repeat"),
        ("^*", 1, "nothing to repeat"),
        ("1(2", 1, "never closed"),
        ("1)2", 1, "closes no group"),
        ("(?=1)2", 0, "look-around"),
        ("1(?P<a>2)", 1, "look-around"),
        ("(?i)1", 0, "flags"),
        ("1[23", 1, "never closed"),
        ("1[]", 2, "a class holds"),
        ("[]1]", 1, "a class holds"),
        ("[1a]", 2, "a class holds"),
        ("[1-]", 3, "a class holds"),
        ("[9-1]", 1, "goes down"),
        ("1*?", 2, "one quantifier"),
        ("1++", 2, "one quantifier"),
        ("1{2}{3}", 4, "one quantifier"),
        ("1{,3}", 1, "{n,m}"),
        ("1{", 1, "{n,m}"),
        ("1{3,2}", 1, "go down"),
        ("1{1001}", 1, "more than 1,000"),
        ("1{" + "9" * 900 + "}", 1, "more than 1,000"),
    ],
)
def test_a_wrong_pattern_is_told_with_its_place(pattern: str, position: int | None, told: str) -> None:
    with pytest.raises(ConstraintError, match=re.escape(told)) as caught:
        compile_constraint(Constraint(pattern=pattern))
    assert (caught.value.field, caught.value.position) == ("pattern", position)


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint(pattern=r"(\d{1000}){1000}"),
        Constraint(pattern=r"((((\d{30}){30}){30}){30}){30}"),
        Constraint(pattern=r"(\d?){1000}"),
        Constraint(pattern=r"(\d*\d*){501}"),
        Constraint(pattern=r"(.*1.{20}.)"),
        Constraint(pattern=r".*1.{900}"),
        Constraint(pattern="(1{29})*|(1{31})*|(1{37})*"),  # a cycle of the product of all three
        Constraint(pattern="(" * 500 + ")" * 500),
        Constraint(pattern=r"(.*1.{12}.)", checksum="mod97"),
        Constraint(pattern="(1{999})*", checksum="mod97"),  # a cycle of 97 times 999 digits
        Constraint(one_of=tuple(str(number) * 20 for number in range(10_000, 20_000))),
    ],
    ids=repr,
)
def test_what_would_grow_without_end_is_refused(constraint: Constraint) -> None:
    start = process_time()
    with pytest.raises(ConstraintError, match=r"too complex|nested"):
        compile_constraint(constraint)
    assert process_time() - start < 5  # well under one, where nothing else is at work


def test_what_only_looks_bad_is_compiled() -> None:
    assert len(compile_constraint(Constraint(pattern=r"(((\d*)*\d*)*|()*){400}"))) == 1
    assert len(compile_constraint(Constraint(pattern="(" * 50 + "1*" + ")*" * 50))) == 1


@pytest.mark.parametrize(
    ("constraint", "field", "position", "told"),
    [
        (Constraint(length=-1), "length", None, "0 to 100"),
        (Constraint(length=101), "length", None, "0 to 100"),
        (Constraint(length=(4, 2)), "length", None, "smaller number first"),
        (Constraint(length=(4, 2, 1)), "length", None, "one or two"),  # type: ignore[arg-type]
        (Constraint(length=True), "length", None, "whole numbers"),
        (Constraint(length="5"), "length", None, "whole numbers"),  # type: ignore[arg-type]
        (Constraint(length=5.0), "length", None, "whole numbers"),  # type: ignore[arg-type]
        (Constraint(pattern=5), "pattern", None, "a text"),  # type: ignore[arg-type]
        (Constraint(one_of=()), "one_of", None, "1 to 10,000"),
        (Constraint(one_of=("1",) * 10_001), "one_of", None, "1 to 10,000"),
        (Constraint(one_of=["1"]), "one_of", None, "a list of"),  # type: ignore[arg-type]
        (Constraint(one_of=(["1"],)), "one_of", None, "texts"),  # type: ignore[arg-type]
        (Constraint(one_of=("1", 2)), "one_of", 1, "digits only"),  # type: ignore[arg-type]
        (Constraint(one_of=("1", "2", "")), "one_of", 2, "digits only"),
        (Constraint(one_of=("1", "٣")), "one_of", 1, "digits only"),
        (Constraint(one_of=("1" * 101,)), "one_of", 0, "100 digits"),
        (Constraint(range=NumberRange(5, 4)), "range", None, "smaller number first"),
        (Constraint(range=NumberRange(-1, 4)), "range", None, "between 0"),
        (Constraint(range=NumberRange(0, 10**100)), "range", None, "100 digits"),
        (Constraint(range=NumberRange(0, 10**5000)), "range", None, "100 digits"),  # too long for str()
        (Constraint(range=NumberRange(0, 1.5)), "range", None, "whole numbers"),  # type: ignore[arg-type]
        (Constraint(range=NumberRange(0, 1, 1)), "range", None, "true or false"),  # type: ignore[arg-type]
        (Constraint(range=(1, 2)), "range", None, "whole numbers"),  # type: ignore[arg-type]
        (Constraint(checksum="crc"), "checksum", None, "luhn, iso7064_mod11_10"),
        (Constraint(checksum=["luhn"]), "checksum", None, "must be one of"),  # type: ignore[arg-type]
        (Constraint(checksum=WeightedSum((), 10)), "checksum", None, "1 to 64"),
        (Constraint(checksum=WeightedSum((1,) * 65, 10)), "checksum", None, "1 to 64"),
        (Constraint(checksum=WeightedSum([1], 10)), "checksum", None, "1 to 64"),  # type: ignore[arg-type]
        (Constraint(checksum=WeightedSum((1, 0.5), 10)), "checksum", 1, "whole number"),  # type: ignore[arg-type]
        (Constraint(checksum=WeightedSum((1,), 1)), "checksum", None, "2 to 1000"),
        (Constraint(checksum=WeightedSum((1,), 1001)), "checksum", None, "2 to 1000"),
        (Constraint(checksum=WeightedSum((1,), 10, 10)), "checksum", None, "remainder"),
        # Nothing is legal.
        (Constraint(pattern=r"1[^\d]"), "pattern", None, "no number can satisfy pattern: change"),
        (Constraint(checksum=WeightedSum((2, 4), 10, 5)), "checksum", None, "no number can satisfy checksum: change"),
        (Constraint(length=3, pattern="12"), "length, pattern", None, "satisfy length and pattern together"),
        (
            Constraint(one_of=("12", "35"), length=2, checksum="luhn"),
            "length, one_of, checksum",
            None,
            "length, one_of and checksum together",
        ),
    ],
)
def test_a_wrong_constraint_is_told_with_its_field(
    constraint: Constraint, field: str, position: int | None, told: str
) -> None:
    with pytest.raises(ConstraintError, match=re.escape(told)) as caught:
        compile_constraint(constraint)
    assert (caught.value.field, caught.value.position, caught.value.code) == (field, position, "constraint_invalid")


def test_an_error_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ConstraintError("told", "pattern", 7)))
    assert (str(error), error.field, error.position) == ("told", "pattern", 7)


def test_a_compiled_constraint_is_kept_and_cannot_be_changed() -> None:
    automaton = compile_constraint(Constraint(length=7, pattern="[1-3]*"))
    assert compile_constraint(Constraint(length=7, pattern="[1-3]*")) is automaton
    assert not automaton.transitions.flags.writeable
    assert not automaton.accepting.flags.writeable


def test_constraints_are_kept_up_to_their_size_in_all() -> None:
    numbers = tuple(f"{number:050}" for number in range(10_000))  # a megabyte
    first, *others = constraints = [Constraint(one_of=numbers[start:]) for start in range(30)]
    compiled = [compile_constraint(constraint) for constraint in constraints]
    assert compile_constraint(others[-1]) is compiled[-1]
    assert compile_constraint(first) is not compiled[0]


def test_only_so_many_constraints_are_kept() -> None:
    first, *others = constraints = [Constraint(range=NumberRange(0, high)) for high in range(1, MOST_KEPT + 2)]
    compiled = [compile_constraint(constraint) for constraint in constraints]
    assert compile_constraint(others[0]) is compiled[1]
    assert compile_constraint(first) is not compiled[0]


def test_what_equals_a_kept_constraint_but_is_malformed_is_still_refused() -> None:
    compile_constraint(Constraint(length=1))
    with pytest.raises(ConstraintError):
        compile_constraint(Constraint(length=True))
