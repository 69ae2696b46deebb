"""The poller goes through a listing without a gap: what changes is news once, however pages and seconds fall."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ConfigError
from lambdas.issue_poller.listing import OVERLAP, Position, advance

START = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 3


@dataclass(frozen=True, slots=True)
class Entry:
    number: int
    updated: datetime
    text: str = ""


def mark(entry: Entry) -> str:
    return f"{entry.number}{entry.text}@{entry.updated.isoformat()}"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def step(position: Position, *items: Entry, etag: str = "e", page: int = 100) -> tuple[list[Entry], Position]:
    return advance(position, items, etag, page=page, fingerprint=mark)


def test_what_was_sent_is_not_sent_again_though_it_is_listed_again():
    entry = Entry(1, at(100))
    fresh, position = step(Position(START), entry)
    again, _ = step(position, entry)

    assert (fresh, again) == ([entry], [])
    assert position.since == at(100) - OVERLAP


def test_a_second_change_within_the_same_second_is_news():
    _, position = step(Position(START), Entry(1, at(100), "first"))
    fresh, _ = step(position, Entry(1, at(100), "second"))

    assert [entry.text for entry in fresh] == ["second"]


def test_an_entry_that_the_listing_showed_late_is_news_within_the_overlap():
    _, position = step(Position(START), Entry(1, at(100)))
    late = Entry(2, at(100) - OVERLAP)
    fresh, _ = step(position, late, Entry(1, at(100)))

    assert fresh == [late]


def test_an_etag_is_kept_for_the_same_question_only():
    _, moved = step(Position(START), Entry(1, at(100)))
    _, stayed = step(moved, Entry(1, at(100)), etag="f")

    assert (moved.etag, stayed.etag) == ("", "f")


def test_a_quiet_listing_keeps_its_moment_and_its_etag():
    assert step(Position(START)) == ([], Position(START, "e"))


def test_an_etag_of_a_first_page_is_no_proof_for_the_others():
    entries = [Entry(n, START) for n in range(PAGE)]
    _, position = step(Position(START), *entries, page=PAGE)

    assert position.etag == ""


def test_the_moment_never_goes_back():
    assert step(Position(at(1000)), Entry(1, at(1001)))[1].since == at(1000)


def test_a_position_outlives_the_process():
    _, position = step(Position(START), Entry(1, at(100)), Entry(2, at(100)))

    assert Position.from_document(dict(position.to_document()), first=START) == position
    assert Position.from_document(None, first=START) == Position(START)


@pytest.mark.parametrize(
    "document",
    [[], "x", {}, {"since": "x", "etag": "", "seen": []}, {"since": "2026-11-01", "etag": "", "seen": []},
     {"since": 5, "etag": "", "seen": []}, {"since": "2026-11-01T00:00:00Z", "etag": 1, "seen": []},
     {"since": "2026-11-01T00:00:00Z", "etag": "", "seen": 3}],
)  # fmt: skip
def test_a_damaged_position_says_what_to_do(document):
    with pytest.raises(ConfigError, match="delete it to begin anew"):
        Position.from_document(document, first=START)


class Repository:
    """Nine entries that change, listed in pages of three."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.versions = 0

    def change(self, number: int, moment: datetime) -> None:
        self.versions += 1
        self.entries[number] = Entry(number, moment, f"v{self.versions}")

    def listed(self, since: datetime, between_pages: list[int], moment: datetime) -> list[Entry]:
        items: list[Entry] = []
        for page in range(4):
            ordered = sorted((e for e in self.entries.values() if e.updated >= since), key=lambda e: e.updated)
            found = ordered[page * PAGE : (page + 1) * PAGE]
            items += found
            if len(found) < PAGE:
                break
            for number in between_pages:  # somebody edits while the next page is asked for
                self.change(number, moment)
        return items


def test_an_entry_that_slipped_over_the_edge_of_a_page_is_found_by_the_next_poll():
    repository = Repository()
    for number in range(9):
        repository.change(number, at(number * 100))
    items = repository.listed(START, [0], at(900))
    assert 3 not in {entry.number for entry in items}

    _, position = advance(Position(START), items, "e", page=PAGE, fingerprint=mark)
    fresh, _ = advance(position, repository.listed(position.since, [], at(900)), "e", page=PAGE, fingerprint=mark)

    assert 3 in {entry.number for entry in fresh}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 9), max_size=5),  # these change
            st.integers(0, 90),  # so many seconds pass
            st.lists(st.integers(1, 9), max_size=2),  # these change between the pages of the next poll
        ),
        max_size=12,
    )
)
def test_every_entry_is_seen_in_its_last_state_whatever_changes_while_pages_are_read(rounds):
    repository, position, clock = Repository(), Position(START), 1.0
    sent: dict[int, Entry] = {}
    quiet = [([], 61, []) for _ in range(20)]
    for changes, seconds, between in [*rounds, *quiet]:
        for number in changes:
            repository.change(number, at(clock))
        items = repository.listed(position.since, between, at(clock))
        fresh, position = advance(position, items, "", page=PAGE, fingerprint=mark)
        for entry in fresh:
            sent[entry.number] = entry
        clock += seconds

    assert sent == repository.entries


def test_what_nobody_touched_since_is_never_sent_twice():
    position, entries = Position(START), [Entry(n, at(n * 10)) for n in range(20)]
    sent: list[Entry] = []
    for _ in range(30):
        listed = [e for e in entries if e.updated >= position.since][: 2 * PAGE]
        fresh, position = advance(position, listed, "", page=PAGE, fingerprint=mark)
        sent += fresh

    assert sent == entries
    assert replace(position, seen=frozenset()).since >= entries[-1].updated - OVERLAP
