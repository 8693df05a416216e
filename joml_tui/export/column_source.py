"""The encoding of a table's columns as source code, for scripts that predict from the raw columns."""

from __future__ import annotations

import inspect
import json
from string import Template

from joml.data.labels import THOUSANDS
from joml.data.missing_texts import MISSING
from joml.data.number_marks import without_mark
from joml.data.preparation import Preparation
from joml.data.readers.csv_format import BLANKS
from joml.data.tables import dates
from joml.data.tables.cell_meanings import BOOLEANS
from joml.data.tables.encoding import encoder_to_plain
from joml_tui.export.safe_files import ExportError

_READING = Template('''
# How each column of a table becomes features, as in training.
COLUMNS = json.loads($columns)
MISSING = $missing
BOOLEANS = $booleans


def read_features(path):
    """Return the features of a CSV file's rows, (samples, features); $columns_are."""
    try:
        with open(path, newline="", encoding=$encoding) as file:
            reader = csv.DictReader($lines, $names, delimiter=$delimiter, skipinitialspace=True)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            rows = list(reader)
    except (OSError, UnicodeError, csv.Error) as error:
        sys.exit(f"{path}: cannot be read: {error}")
    absent = [column["name"] for column in COLUMNS if not rows or column["name"] not in rows[0]]
    if absent:
        sys.exit(f"{path}: there is no row, or no column is named {', '.join(map(repr, absent))}")
    try:
        return np.array([features_of(row, place) for place, row in enumerate(rows, start=1)])
    except ValueError as error:
        sys.exit(f"{path}: {error}")


def features_of(row, place):
    """Return the features of a row."""
    features = []
    for column in COLUMNS:
        text = (row[column["name"]] or "").strip()
        encode = {"number": number, "category": category, "boolean": boolean, "date": date}[column["kind"]]
        try:
            features += encode(column, text)
        except ValueError:
            raise ValueError(f"row {place}: {column['name']!r} cannot be read: {text!r}") from None
    return features


def is_missing(text):
    """Return whether a cell has no value."""
    return text.lower() in MISSING


def number(column, text):
    """Return a number, and whether it is missing."""
    if column["mark"] and not is_missing(text):
        text = without_mark(text, column["mark"])
    if column["commas"] == "thousands" and re.fullmatch($thousands, text):
        text = text.replace(",", "")
    elif column["commas"] == "decimal" and re.fullmatch(r"[+-]?[1-9]\\d{0,2}\\.\\d{3}", text):
        raise ValueError(text)  # it may be thousands
    elif column["commas"] == "points" and ("." in text or "," in text) and not is_missing(text):
        pointed = re.fullmatch(r"[+-]?(([1-9]\\d{0,2}(\\.\\d{3})+|\\d+)(,\\d*)?|,\\d+)([eE][+-]?\\d+)?", text)
        text = text.replace(".", "").replace(",", ".") if pointed else "no number"
    elif column["commas"] == "decimal" and re.fullmatch(r"[+-]?\\d*,\\d+([eE][+-]?\\d+)?", text):
        text = text.replace(",", ".")
    try:
        value = float("nan" if is_missing(text) or "_" in text else text)
    except ValueError:
        if not column["lenient"]:
            raise
        value = math.nan
    absent = not math.isfinite(value)
    return [column["fill"] if absent else value] + ([float(absent)] if column["missing"] else [])


def uniform(text, keeps_zeros=False):
    """Return a number in the one way of writing it, so that 1 and 1.0 are one category; 07 may stay 07."""
    try:
        value = float("nan" if "_" in text else text)
    except ValueError:
        return text
    if not math.isfinite(value) or keeps_zeros and (re.match(r"[+-]?0\\d", text) or abs(value) >= 1e15):
        return text
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def category(column, text):
    """Return a 1 for the category, and 0 for the others."""
    known = [each not in column["absent"] for each in column["categories"]]
    text = uniform(text, column["as_text"])
    absent = is_missing(text) and text not in column["categories"]
    features = [float(is_known and each == text) for each, is_known in zip(column["categories"], known)]
    if column["other"]:
        features.append(float(not absent and not any(features)))
    return features + ([float(absent)] if column["missing"] else [])


def boolean(column, text):
    """Return 1 for true, 0 for false and 0.5 for a missing value, and whether it is missing."""
    pairs = [(column["true"], column["false"]), *BOOLEANS, ("1", "0")]
    pair = next((pair for pair in pairs if uniform(text.lower()) in pair), None)
    if pair is None and not is_missing(text):
        raise ValueError(text)
    value = 0.5 if pair is None else float(uniform(text.lower()) == pair[0])
    return [value] + ([float(pair is None)] if column["missing"] else [])
''')

_DATES = '''

def date(column, text):
    """Return the parts of a date, and whether it is missing."""
    seconds = parse_time(text) if column["times"] else parse_date(text, column["day_first"])
    absent = math.isnan(seconds)
    if absent and not is_missing(text) and not column["lenient"]:
        raise ValueError(text)
    features = []
    for part in column["parts"]:
        if part == "days":
            features.append(column["fill"] if absent else (seconds - column["start"]) / 86_400)
        else:
            angle = 0.0 if absent else 2 * math.pi * share_of(part, seconds)
            features += [0.0, 0.0] if absent else [math.sin(angle), math.cos(angle)]
    return features + ([float(absent)] if column["missing"] else [])


def share_of(part, seconds):
    """Return how much of the year, the week or the day has gone."""
    if part == "month":
        return ((_EPOCH + timedelta(seconds=seconds)).month - 1) / 12
    if part == "weekday":
        return ((seconds // 86_400 + 3) % 7) / 7
    return (seconds % 86_400) / 86_400
'''

_NO_DATES = '''

def date(column, text):
    """No column has dates."""
    raise ValueError(text)
'''


def reading_source(preparation: Preparation) -> str:
    """Return the source of `read_features`, which reads the raw columns of a CSV file as in training.

    Names, categories and numbers are data in it, written as ASCII, so that none of them can become code.

    Parameters
    ----------
    preparation : Preparation
        Of a table of mixed columns.

    Returns
    -------
    str
        It needs the modules csv, json, math, re and sys, and NumPy as np.

    Raises
    ------
    ExportError
        Several columns of the file have the name of one that is read.
    """
    columns, plain = preparation.columns, preparation.file_format or {}
    read = plain.get("format", {})
    names, delimiter = read.get("names", [None]), read.get("delimiter", ",")
    for encoder in columns:
        if names.count(encoder.name) > 1:
            raise ExportError(
                f"not written: several columns are named {encoder.name!r}, and a script could not tell them apart"
            )
    encoding = plain.get("encoding", "utf-8")
    blanks = '(line.strip().replace("\\t", " ") for line in file)'  # a run of them stands between two cells
    source = _READING.substitute(
        columns=ascii(json.dumps([encoder_to_plain(encoder) for encoder in columns])),
        missing=ascii(sorted(MISSING)),
        booleans=ascii(BOOLEANS),
        thousands=ascii(THOUSANDS.pattern),
        columns_are="columns are found by their names" if names else "its columns are those of the features",
        names=None if names else ascii([encoder.name for encoder in columns]),
        lines=blanks if delimiter == BLANKS else "file",
        delimiter=ascii(delimiter),
        encoding=ascii("utf-8-sig" if encoding == "utf-8" else encoding),
    )
    if any(getattr(encoder, "mark", "") for encoder in columns):
        source += "\n\n" + inspect.getsource(without_mark)
    if all(encoder.kind != "date" for encoder in columns):
        return source + _NO_DATES + "\n"
    return source + _DATES + _source_of_dates() + "\n"


def _source_of_dates() -> str:
    """Return the source of the reading of dates, without its docstring and with the imports that it needs."""
    source = inspect.getsource(dates)
    _, _, body = source.partition("from typing import NamedTuple\n")
    modules = {"collections.abc": "Sequence", "datetime": "datetime, timedelta", "typing": "NamedTuple"}
    imports = "import unicodedata\n" + "".join(f"from {module} import {names}\n" for module, names in modules.items())
    return f"\n\n# How dates are read.\n{imports}{body}"
