"""Validation of the user's settings: existing themes and free keys."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from msgspec import structs
from textual.keys import Keys, _character_to_key, key_to_character

from joml_tui.decoding import shown, suggest
from joml_tui.ui.actions import ACTIONS, BY_ID, TOGETHER, Action
from joml_tui.user_settings import UserSettings

_MODIFIERS = re.compile(r"((?:(?:ctrl|alt|shift|super|hyper|meta)\+)*)(.+)", re.DOTALL)
_NAMED = {key.value for key in Keys if "+" not in key.value and not key.value.startswith("<")}
#: Keys with a fixed meaning, or that terminals send for another key.
_TAKEN = {
    "tab": "goes to the next entry",
    "shift+tab": "goes to the previous entry",
    "enter": "takes an entry",
    "escape": "leaves an entry",
    "ctrl+p": "opens the command palette",
    "ctrl+c": "copies",
    "ctrl+i": "is Tab in terminals",
    "ctrl+m": "is Enter in terminals",
    "ctrl+j": "is Enter in some terminals",
    "ctrl+h": "is Backspace in some terminals",
    "ctrl+s": "stops the output of some terminals",
    "ctrl+z": "undoes changes of the layers",
    **dict.fromkeys(("j", "k", "g", "G"), "moves in lists"),
}


def checked(settings: UserSettings, themes: Collection[str]) -> tuple[UserSettings, list[str]]:
    """Return the valid settings, and a sentence for each invalid one."""
    faults = []
    theme = settings.theme
    if theme and theme not in themes:
        faults.append(f"theme: there is no {shown(theme)}; {suggest(theme, sorted(themes))}")
        theme = ""
    keys, clashes = checked_keys(settings.keys)
    return structs.replace(settings, theme=theme, keys=keys), faults + clashes


def checked_keys(wanted: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the valid keys of actions, by Textual's names, and a sentence for each invalid one."""
    keys_of: dict[str, tuple[str, ...]] = {}
    faults = []
    for action_id, keys in wanted.items():
        named = tuple(map(_name_of, keys))
        fault = _fault(action_id, keys, named)
        if fault:
            faults.append(f"keys.{action_id}: {fault}")
        else:
            keys_of[action_id] = tuple(dict.fromkeys(named))
    # Restoring an action's own keys may take them from another action.
    while clash := next(_clashes(keys_of), None):
        action_id, key, other = clash
        del keys_of[action_id]
        faults.append(
            f"keys.{action_id}: {shown(key)} is a key of {other.id} ({other.label}); take another, or give {other.id} "
            "other keys"
        )
    return keys_of, faults


def _fault(action_id: str, keys: tuple[str, ...], named: tuple[str, ...]) -> str:
    if action_id not in BY_ID:
        return f"there is no such action; {suggest(action_id, BY_ID)}"
    for key, name in zip(keys, named, strict=True):
        if name in _TAKEN and name not in BY_ID[action_id].keys:
            return f"{shown(key)} {_TAKEN[name]}; take another key"
        if not _is_key(name):
            return f'{shown(key)} is not a key; write a character, or a name such as "f5", "ctrl+r" or "shift+up"'
    return ""


def _clashes(keys_of: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, Action]]:
    """Yield the user's keys that conflict with another action in the same scope."""
    owners: dict[str, list[Action]] = {}
    for action in ACTIONS:
        for key in keys_of.get(action.id, action.keys):
            owners.setdefault(key, []).append(action)
    for action_id, key in chain.from_iterable(((name, key) for key in keys_of[name]) for name in keys_of):
        others = [other for other in owners[key] if other.id != action_id and _heard_with(other, BY_ID[action_id])]
        if others and key not in BY_ID[action_id].keys:
            yield action_id, key, others[0]
        elif others and (other := others[0]).id in keys_of and key not in other.keys:
            yield other.id, key, BY_ID[action_id]


def _heard_with(one: Action, other: Action) -> bool:
    return any({one.scope, other.scope} <= scopes for scopes in TOGETHER)


def _name_of(key: str) -> str:
    """Return Textual's name of a key: ``question_mark`` for ``?``, ``f5`` for ``F5``."""
    modifiers, _, base = ("", "", key) if len(key) == 1 else key.rpartition("+")
    if modifiers and not base:  # "ctrl++"
        modifiers, base = modifiers.rstrip("+"), "+"
    base = _character_to_key(base) if len(base) == 1 else base.lower()
    if "ctrl" in modifiers.lower():  # terminals send the same for both cases
        base = base.lower()
    return f"{modifiers.lower()}+{base}" if modifiers else base


def _is_key(name: str) -> bool:
    match = _MODIFIERS.fullmatch(name)
    if match is None:
        return False
    base = match[2]
    return (len(base) == 1 and base.isprintable()) or base in _NAMED or key_to_character(base) is not None
