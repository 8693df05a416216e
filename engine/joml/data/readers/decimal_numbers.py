"""Decimal numbers of many cells at once, read from the bytes of a text, equal to those of `float` to the last bit.

A cell is taken out of the text eight characters at a time, in a word of 64 bits: its last character is the highest
byte. Digits are then bytes from 0 to 9, and the same few operations on words find the point, close the gap that it
leaves, and put the digits together. A mantissa of at most 2^53 times or over a power of ten of at most 10^22 is one
operation on two exact doubles, so that its result is rounded once, correctly (Clinger, 1990). Longer mantissas are
divided with a remainder, and given up where that does not decide how to round.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Places = NDArray[np.intp]

#: Bytes that must be readable before the first cell and after the last one.
PADDING = 32

# Longer cells are not read here.
_MOST_CHARACTERS = 24
_MOST_WORDS = _MOST_CHARACTERS // 8
# With at most this before its last sixteen digits, a mantissa is below 2^63.
_MOST_IN_FIRST_WORD = np.uint64(921)
_MOST_POWER = 22
_EXACT = 2**53
# More than are used, for cells that are not read.
_POWERS = np.array([float(f"1e{power}") for power in range(2 * _MOST_CHARACTERS)])
# Splits a double into two halves whose products are exact (Veltkamp).
_SPLIT = 2.0**27 + 1
_FRACTION_BITS = np.int64(2**52 - 1)
# Fewer are read faster one by one.
_FEWEST_WITH_EXPONENTS = 100
# If more cells than this are longer than a word, all are read as longer ones.
_MOST_LONGER = 0.3


def _each(byte: int) -> np.uint64:
    """Return a word of eight equal bytes."""
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ONE, _SEVEN, _EIGHT, _SIXTEEN, _THIRTY_TWO, _FIFTY_SIX, _SIXTY_THREE = map(np.uint64, (1, 7, 8, 16, 32, 56, 63))
_ZERO_DIGITS, _HIGH_BITS, _LOW_BITS = _each(ord("0")), _each(0x80), _each(0x7F)
# Added to a byte, it sets the high bit if the byte is above 9.
_ABOVE_NINE = _each(0x7F - 9)
_LAST_BYTE = np.uint64(0x80 << 56)
_PAIRS, _HUNDREDS, _ONES = np.uint64(0x000000FF000000FF), np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)
_TEN, _REST = np.uint64(10), np.uint64(255)
_TEN_TO_8, _TEN_TO_16 = np.uint64(10**8), np.uint64(10**16)
_ALL = 2**64 - 1
# By word from the last one, and by the number of characters: the bytes of the word that belong to the cell.
_MASKS = np.array(
    [
        [_ALL & ~((1 << (8 * (8 - min(8, max(0, length - 8 * word))))) - 1) for length in range(_MOST_CHARACTERS + 1)]
        for word in range(_MOST_WORDS)
    ],
    np.uint64,
)
# By word, and by the number of bits before the point in it (64: no point): the number of digits after the point.
_FRACTION_DIGITS = np.array(
    [[0 if bits == 64 else 7 - bits // 8 + 8 * word for bits in range(65)] for word in range(_MOST_WORDS)], np.intp
)


class _Mantissas(NamedTuple):
    """The digits of cells, without sign and point."""

    values: Words
    fraction_digits: Places
    faulty: NDArray[np.bool_]


def read_decimals(
    content: NDArray[np.uint8], starts: Places, ends: Places, point: str = "."
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers that the cells of a text hold.

    Parameters
    ----------
    content : ndarray of uint8
        The text, its length a multiple of 8, with `PADDING` bytes before the first cell and after the last one.
    starts, ends : ndarray of int, shape (cells,)
        The place of the first byte of each cell, and the place after its last one.
    point : {".", ","}, default "."
        The decimal point. A comma is followed by a digit.

    Returns
    -------
    numbers : ndarray of float64, shape (cells,)
        Equal to those of `float`.
    unread : ndarray of bool, shape (cells,)
        Where no number was read: the cell holds none, or one that is left to `float`. Its number is then any.
    """
    first = content[starts]
    negative = first == ord("-")
    signed = negative | (first == ord("+"))
    if signed.any():
        starts = starts + signed
    words = words_of(content)
    numbers, unread = _read_unsigned(words, starts, ends, point)
    places = np.flatnonzero(unread)
    if len(places) >= _FEWEST_WITH_EXPONENTS:
        numbers[places], unread[places] = _read_with_exponents(words, starts[places], ends[places], point)
    signs = numbers.view(np.uint64)  # the highest bit of a double
    signs |= negative.astype(np.uint64) << _SIXTY_THREE
    return numbers, unread


def words_of(content: NDArray[np.uint8]) -> Words:
    """Return ``content`` as words of eight bytes, the first of them the lowest; its length is a multiple of 8."""
    return content.view(np.dtype("<u8"))


def words_before(words: Words, ends: Places, count: int) -> list[Words]:
    """Return the eight bytes before each place, the eight before these, and so on.

    Parameters
    ----------
    words : ndarray of uint64
        The text, eight bytes at a time, the first of them the lowest.
    ends : ndarray of int
    count : int

    Returns
    -------
    list of ndarray of uint64
        One array for each eight bytes.
    """
    places = ends - 8 * count
    index = places >> 3
    shift = ((places & 7) << 3).view(np.uint64)
    back = np.uint64(64) - shift  # a shift by all 64 bits leaves nothing
    parts = [words[index + number] for number in range(count + 1)]
    return [(parts[number] >> shift) | (parts[number + 1] << back) for number in reversed(range(count))]


def _read_unsigned(
    words: Words, starts: Places, ends: Places, point: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers of cells without signs and exponents, as `read_decimals` does."""
    lengths = ends - starts
    longer = lengths > 8
    count = int(np.count_nonzero(longer))
    if count > _MOST_LONGER * len(lengths):
        return _scale_down(_read_mantissas(words, lengths, ends, point, _words_for(lengths)))
    numbers, unread = _scale_down(_read_mantissas(words, lengths, ends, point, 1))
    if count:
        places = np.flatnonzero(longer)
        lengths = lengths[places]
        rest = _read_mantissas(words, lengths, ends[places], point, _words_for(lengths))
        numbers[places], unread[places] = _scale_down(rest)
    return numbers, unread


def _words_for(lengths: Places) -> int:
    """Return the number of words that cells need."""
    return min(_MOST_WORDS, max(1, -(-int(lengths.max(initial=0)) // 8)))


def _read_mantissas(words: Words, lengths: Places, ends: Places, point: str, count: int) -> _Mantissas:
    """Return the digits in the last so many words of cells."""
    faulty = lengths < 1
    faulty |= lengths > 8 * count
    kept = np.minimum(lengths, _MOST_CHARACTERS)
    faults = np.zeros(len(lengths), np.uint64)
    fraction_digits = np.zeros(len(lengths), np.intp)
    parts = words_before(words, ends, count)
    after: Words | None = None  # all bits where a point was in a word nearer to the end
    for number, part in enumerate(parts):
        points = _find_points(part, _MASKS[number][kept], ord("0") ^ ord(point), faults)
        if after is not None:
            faults |= points & after
        else:
            at_end = points == _LAST_BYTE
            faulty |= at_end & (lengths == 1) if point == "." else at_end
        points >>= _SEVEN
        before = points - _ONE  # the bits before the point; all if there is none
        fraction_digits += _FRACTION_DIGITS[number][np.bitwise_count(before).astype(np.intp)]
        no_point = before >> _SIXTY_THREE
        before += no_point
        if after is not None:
            before |= after
            parts[number - 1] |= (part >> _FIFTY_SIX) & after
        before &= part
        before *= _REST
        np.add(part, before, out=part)  # what is before the point moves up by one byte
        if number < count - 1:
            no_point -= _ONE
            after = no_point if after is None else after | no_point
    values = _join_words(parts, faulty)
    faulty |= fraction_digits > _MOST_POWER
    faulty |= faults != 0
    return _Mantissas(values, fraction_digits, faulty)


def _find_points(word: Words, mask: Words, mark: int, faults: Words) -> Words:
    """Return 0x80 at each decimal point; turn digits into their values, and points and what is masked into zeros.

    Faults get bits where a byte is something else, or where there is a second point.
    """
    word ^= _ZERO_DIGITS
    word &= mask
    points = word ^ _each(mark)
    points += _LOW_BITS
    points &= _HIGH_BITS
    points ^= _HIGH_BITS
    work = points - _ONE
    work &= points
    faults |= work
    np.right_shift(points, _SEVEN, out=work)
    work *= np.uint64(mark)
    word ^= work
    np.add(word, _ABOVE_NINE, out=work)
    work |= word
    work &= _HIGH_BITS
    faults |= work
    return points


def _join_words(parts: list[Words], faulty: NDArray[np.bool_]) -> Words:
    """Return the integers whose digits are in words, the last eight digits in the first word; they are below 2^63."""
    for part in parts:
        _join_digits(part)
    values = parts[0]
    if len(parts) > 1:
        values += parts[1] * _TEN_TO_8
    if len(parts) > 2:
        faulty |= parts[2] > _MOST_IN_FIRST_WORD
        values += parts[2] * _TEN_TO_16
    return values


def _join_digits(word: Words) -> None:
    """Turn eight bytes from 0 to 9, the first of them the lowest, into the number that they are the digits of."""
    following = word >> _EIGHT
    word *= _TEN
    word += following
    following = word >> _SIXTEEN
    following &= _PAIRS
    following *= _ONES
    word &= _PAIRS
    word *= _HUNDREDS
    word += following
    word >>= _THIRTY_TWO


def _scale_down(mantissas: _Mantissas) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers that mantissas are without exponents, and where they are not known."""
    values, digits, unread = mantissas
    numbers = values.view(np.int64).astype(np.float64)
    numbers /= _POWERS[digits]
    if int(values.max(initial=0)) > _EXACT:
        long = np.flatnonzero(values > _EXACT)
        numbers[long], uncertain = _divide_long(values[long].view(np.int64), digits[long])
        unread[long] |= uncertain
    return numbers, unread


def _scale(mantissas: _Mantissas, exponents: Places) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return mantissas times powers of ten, and where the result is not certain."""
    powers = exponents - mantissas.fraction_digits
    unread = mantissas.faulty | (np.abs(powers) > _MOST_POWER)
    powers = powers.clip(-_MOST_POWER, _MOST_POWER)
    numbers = mantissas.values.view(np.int64).astype(np.float64)
    numbers /= _POWERS[np.maximum(-powers, 0)]
    numbers *= _POWERS[np.maximum(powers, 0)]
    long = np.flatnonzero(mantissas.values > _EXACT)
    if len(long):
        powers = powers[long]
        rounded, uncertain = _divide_long(mantissas.values[long].view(np.int64), np.maximum(-powers, 0))
        numbers[long] = rounded
        unread[long] |= uncertain | (powers > 0)
    return numbers, unread


def _divide_long(mantissas: NDArray[np.int64], powers: Places) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return integers from 2^53 to 2^63 over powers of ten, and where the result could be rounded the other way."""
    divisor = _POWERS[powers]
    nearest = mantissas.astype(np.float64)
    quotient = nearest / divisor
    high, low = _multiply(quotient, divisor)
    # Exact up to here: the quotient was rounded, so that what it leaves is a double.
    remainder = (nearest - high) - low + (mantissas - nearest.astype(np.int64))
    correction = remainder / divisor
    numbers = quotient + correction
    left = (quotient - numbers) + correction
    half = np.spacing(numbers) / 2
    # Below a power of two the spacing is another one.
    is_power = (numbers.view(np.int64) & _FRACTION_BITS) == 0
    return numbers, is_power | (np.abs(left) > half * (1 - 2.0**-30))


def _multiply(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return products, rounded, and what was lost by rounding (Dekker)."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _halves(a: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    scaled = _SPLIT * a
    high = scaled - (scaled - a)
    return high, a - high


def _read_with_exponents(
    words: Words, starts: Places, ends: Places, point: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers of cells such as 1.5e-3, as `read_decimals` does, without their signs."""
    numbers, unread = np.zeros(len(starts)), np.ones(len(starts), np.bool_)
    (word,) = words_before(words, ends, 1)
    # Two letters that differ in one bit.
    marks = ((((word | _each(0x20)) ^ _each(ord("e"))) + _LOW_BITS) & _HIGH_BITS) ^ _HIGH_BITS
    # The letter and at least one character after it, at most four: a sign and three digits.
    after = 7 - (np.bitwise_count((marks >> _SEVEN) - _ONE) >> 3).astype(np.intp)
    is_one = (marks != 0) & (marks & (marks - _ONE) == 0) & ((word & _HIGH_BITS) == 0)
    chosen = np.flatnonzero(is_one & (after >= 1) & (after <= 4) & (ends - starts > after + 1))
    if not len(chosen):
        return numbers, unread
    after, ends = after[chosen], ends[chosen] - after[chosen] - 1
    exponents, faulty = _read_exponents(word[chosen] >> (64 - 8 * after).astype(np.uint64), after)
    lengths = ends - starts[chosen]
    mantissas = _read_mantissas(words, lengths, ends, point, _words_for(lengths))
    numbers[chosen], uncertain = _scale(mantissas, exponents)
    unread[chosen] = uncertain | faulty
    return numbers, unread


def _read_exponents(texts: Words, lengths: Places) -> tuple[Places, NDArray[np.bool_]]:
    """Return the integers in words of up to four characters, and where there is none."""
    first = texts & _REST
    signed = (first == ord("-")) | (first == ord("+"))
    count = lengths - signed
    texts = texts >> (signed * 8).astype(np.uint64)
    exponents = np.zeros(len(texts), np.intp)
    faulty = (count < 1) | (count > 3)
    for place in range(3):
        digit = ((texts >> np.uint64(8 * place)) & _REST).astype(np.intp) - ord("0")
        has_digit = place < count
        faulty |= has_digit & ((digit < 0) | (digit > 9))
        exponents = np.where(has_digit, 10 * exponents + digit, exponents)
    return np.where(first == ord("-"), -exponents, exponents), faulty
