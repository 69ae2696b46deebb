"""Finds a text file's encoding over all of its bytes and brings it to UTF-8.

Second stage of reading text. UTF-8 is preferred and left where it lies; then a byte order mark, Japanese
encodings if the text they give looks Japanese, and Windows-1252 last. What was assumed is noted.
Cost: one pass for UTF-8, up to four for anything else; other single-byte code pages (Cyrillic, Greek) have to
be named in the options.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import DataError

_BLOCK = 2**19
_HEAD = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPOKEN = {
    "cp932": "Shift_JIS (Windows code page 932)",
    "euc_jp": "EUC-JP",
    "cp1252": "Windows-1252 (Western European)",
}
_RUN = re.compile(r"[^\x00-\x7f]+")
_JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\u2460-\u24ff\uff01-\uff5e]")
_UNLIKELY = re.compile(r"[\uff61-\uff9f\ue000-\uf8ff]")
_ENOUGH_RUNS = 20_000


@dataclass(frozen=True, slots=True)
class Utf8File:
    """Text in UTF-8. ``start`` is where it begins, behind a byte order mark; ``lone_returns``: some lines end in CR."""

    path: Path
    start: int
    lone_returns: bool
    notes: tuple[str, ...] = ()


def as_utf8(path: Path, name: str, scratch: Path, encoding: str | None) -> Utf8File:
    """The file itself if it is UTF-8, else a copy in scratch that is.

    Raises:
        DataError: NUL bytes, bytes that do not fit the encoding, or an encoding that is not known.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if encoding is not None:
        chosen, start, notes = _named(encoding, head), _bom_length(head), ()
    else:
        marked = next(((codec, len(bom)) for bom, codec in _BOMS if head.startswith(bom)), None)
        unmarked = None if marked else _utf16_without_mark(head)
        if unmarked is not None:
            return _transcoded(path, name, scratch, unmarked, 0, (f"{name} was read as {unmarked.upper()}.",))
        chosen, start = marked or ("utf-8", 0)
        notes = ()
    if chosen != "utf-8":
        return _transcoded(path, name, scratch, chosen, start, notes)
    watch = _Watch()
    try:
        for block, _ in _decoded(path, "utf-8", name, start=start):
            watch.see(block)
    except _WrongByte:
        if encoding is not None or start:
            raise
        guessed = _guess(path, name)
        note = f"{name} is not UTF-8; it was read as {_SPOKEN[guessed]}."
        return _transcoded(path, name, scratch, guessed, 0, (note,))
    if watch.nul is not None:
        raise _holds_nul(path, name, start + watch.nul)
    return Utf8File(path, start, watch.lone_returns)


class _Watch:
    """Looks at passing UTF-8 bytes for NUL and for lines that end in CR alone."""

    def __init__(self) -> None:
        self.lone_returns = False
        self.nul: int | None = None
        self._seen = 0
        self._open_return = False

    def see(self, block: bytes) -> None:
        if self.nul is None and (at := block.find(b"\x00")) >= 0:
            self.nul = self._seen + at
        self._seen += len(block)
        if self._open_return and block and not block.startswith(b"\n"):
            self.lone_returns = True
        if not block or self.lone_returns:
            return
        self._open_return = block.endswith(b"\r")
        if b"\r" in block:
            self.lone_returns = block.count(b"\r") - self._open_return != block.count(b"\r\n")


class _WrongByte(DataError):
    """The bytes are not text in this encoding."""


def _holds_nul(path: Path, name: str, offset: int) -> DataError:
    return DataError(
        f"{name} holds NUL bytes (first in line {_line_at(path, offset)}); it is damaged or not a text file. "
        "Export it again as text."
    )


def _line_at(path: Path, offset: int) -> int:
    line = 1
    with path.open("rb") as stream:
        while offset > 0 and (block := stream.read(min(_BLOCK, offset))):
            line += block.count(b"\n")
            offset -= len(block)
    return line


def _decoded(path: Path, codec: str, name: str, *, start: int = 0) -> Iterator[tuple[bytes, str | None]]:
    """Blocks as UTF-8 bytes, and as text where decoding was needed; _WrongByte naming the line of a wrong byte."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    seen, lines, pending = start, 0, 0
    with path.open("rb") as stream:
        stream.seek(start)
        while True:
            block = stream.read(_BLOCK)
            if codec == "utf-8" and not pending and block.isascii():
                text, encoded = None, block
            else:
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    if codec == "utf-8":
                        line = _line_at(path, seen - pending + error.start)
                    else:
                        line = lines + error.object[: error.start].decode(codec, errors="ignore").count("\n") + 1
                    raise _WrongByte(
                        f"{name} is not {codec.upper()} (byte 0x{error.object[error.start]:02x} in line {line}); "
                        "save it as UTF-8, or name its encoding."
                    ) from error
                pending = len(decoder.getstate()[0])
                encoded = block if codec == "utf-8" else text.encode("utf-8")
            yield encoded, text
            if not block:
                return
            seen += len(block)
            lines += 0 if codec == "utf-8" else encoded.count(b"\n")


def _transcoded(path: Path, name: str, scratch: Path, codec: str, start: int, notes: tuple[str, ...]) -> Utf8File:
    target, watch = scratch / "utf8", _Watch()
    with target.open("wb") as out:
        for encoded, _ in _decoded(path, codec, name, start=start):
            watch.see(encoded)
            out.write(encoded)
    if watch.nul is not None:
        raise _holds_nul(target, name, watch.nul)
    return Utf8File(target, 0, watch.lone_returns, notes)


def _named(encoding: str, head: bytes) -> str:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError as error:
        raise DataError(
            f"The encoding '{encoding}' is not known; use a name such as utf-8, utf-16, cp932, euc-jp or latin-1."
        ) from error
    if codec in ("utf-16", "utf-32"):
        return next((item for bom, item in _BOMS if head.startswith(bom) and item.startswith(codec)), f"{codec}-le")
    return {"utf-8-sig": "utf-8", "ascii": "utf-8", "shift_jis": "cp932"}.get(codec, codec)


def _bom_length(head: bytes) -> int:
    return next((len(bom) for bom, _ in _BOMS if head.startswith(bom)), 0)


def _utf16_without_mark(head: bytes) -> str | None:
    """In UTF-16 every line end, digit and separator has a NUL, always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = max(4, len(head) // 50)
    if odd >= least and even * 20 <= odd:
        return "utf-16-le"
    return "utf-16-be" if even >= least and odd * 20 <= even else None


def _guess(path: Path, name: str) -> str:
    """The encoding of a file that is not UTF-8; DataError if it is UTF-8 with damaged places."""
    fitting = [
        (score, codec)
        for codec in ("cp932", "euc_jp")
        if (score := _likeness_to_japanese(path, codec, name)) is not None and score >= 0.5
    ]
    if fitting:
        return max(fitting)[1]
    lines, whole, broken, first = 0, 0, 0, ""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            for run in re.finditer(rb"[\x80-\xff]+", block):
                try:
                    whole += len(run[0].decode("utf-8"))
                except UnicodeDecodeError as error:
                    broken += 1
                    line = lines + block.count(b"\n", 0, run.start()) + 1 if not first else 0
                    first = first or f"byte 0x{run[0][error.start]:02x} in line {line}"
            lines += block.count(b"\n")
    if whole > broken:
        raise DataError(f"{name} is UTF-8 with damaged places ({first}); upload it again, or name its encoding.")
    try:
        for _ in _decoded(path, "cp1252", name):
            pass
    except _WrongByte as error:
        raise DataError(
            f"The encoding of {name} cannot be told ({first} is not UTF-8, and the whole is not Shift_JIS, EUC-JP or "
            "Windows-1252 either); save it as UTF-8, or name its encoding."
        ) from error
    return "cp1252"


def _likeness_to_japanese(path: Path, codec: str, name: str) -> float | None:
    """Share of the non-ASCII runs that look Japanese, in [0, 1]; None if the file does not decode.

    A Western letter read as Japanese gives one lone character in the middle of a word; half-width katakana
    come from reading one Japanese encoding as the other.
    """
    runs = likely = 0
    try:
        for _, text in _decoded(path, codec, name):
            if text is None or runs > _ENOUGH_RUNS:
                continue
            for run in _RUN.finditer(text):
                runs += 1
                odd = len(_UNLIKELY.findall(run[0])) * 2 > len(run[0])
                beside = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
                inside_word = len(run[0]) == 1 and any(letter.isascii() and letter.islower() for letter in beside)
                likely += bool(_JAPANESE.search(run[0])) and not odd and not inside_word
    except _WrongByte:
        return None
    return likely / runs if runs else None
