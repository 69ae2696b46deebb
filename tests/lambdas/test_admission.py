"""As many run as may run, the others wait in order, and no accident of functions makes it one more."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.errors import ConfigError
from lambdas.admission import PATIENCE, Admission
from lambdas.documents import Documents
from tests.lambdas.fakes import FakeS3
from tests.lambdas.test_documents import LockedS3

REPO = "octo/models"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def admission(limit: int, s3: FakeS3 | None = None) -> Admission:
    return Admission(Documents(s3 or FakeS3(), "bucket", sleep=lambda _: None), limit=limit)


def enter(places: Admission, *numbers: int) -> list[int]:
    return [places.enter(REPO, number, now=NOW) for number in numbers]


def test_as_many_start_as_there_are_places_and_the_others_wait_in_order() -> None:
    assert enter(admission(2), 1, 2, 3, 4) == [0, 0, 1, 2]


def test_asking_again_changes_nothing() -> None:
    places = admission(1)
    first = enter(places, 1, 2, 3)

    assert enter(places, 1, 2, 3) == first
    assert enter(places, 3, 2, 1) == first[::-1]
    assert [row.number for row in places.line()] == [2, 3]


def test_a_place_that_is_given_back_goes_to_the_first_in_line_and_to_nobody_else() -> None:
    places = admission(1)
    enter(places, 1, 2, 3)
    places.started(REPO, 1, "one", now=NOW)
    places.ended("one")

    assert [row.number for row in places.called()] == [2]
    assert enter(places, 4, 3, 2) == [3, 2, 0]
    assert places.called() == []


def test_the_same_issue_in_other_letters_is_the_same_issue() -> None:
    places = admission(1)
    enter(places, 1, 2)

    assert places.enter("Octo/Models", 1, now=NOW) == 0
    assert places.enter("OCTO/MODELS", 2, now=NOW) == 1
    assert places.place("octo/MODELS", 2) == 1


def test_issues_of_the_same_number_in_two_repositories_are_two() -> None:
    places = admission(1)

    assert [places.enter("a/x", 1, now=NOW), places.enter("b/x", 1, now=NOW)] == [0, 1]


def test_an_execution_holds_the_place_that_was_taken_for_it_however_often_that_is_said() -> None:
    places = admission(2)
    enter(places, 1)
    for _ in range(2):
        places.started(REPO, 1, "one", now=NOW + timedelta(hours=1))

    [place] = places.running()
    assert (place.arn, place.since) == ("one", NOW)


def test_a_successor_runs_beside_its_parent_until_that_ends() -> None:
    places = admission(1)
    enter(places, 1, 2)
    places.started(REPO, 1, "parent", now=NOW)
    places.started(REPO, 1, "child", now=NOW)
    assert [place.arn for place in places.running()] == ["parent", "child"]

    places.ended("parent")
    places.ended("parent")
    assert places.called() == []
    places.ended("child")
    assert [row.number for row in places.called()] == [2]


def test_a_place_taken_anew_for_what_runs_already_is_not_kept() -> None:
    places = admission(3)
    places.started(REPO, 1, "one", now=NOW)
    enter(places, 1)
    places.started(REPO, 1, "one", now=NOW)

    assert [place.arn for place in places.running()] == ["one"]


def test_ending_an_unknown_execution_or_none_gives_no_place_back() -> None:
    places = admission(1)
    enter(places, 1)
    places.ended("unknown")
    places.ended("")

    assert len(places.running()) == 1


def test_withdrawing_leaves_the_line_and_an_unused_place_but_not_what_runs() -> None:
    places = admission(2)
    enter(places, 1, 2, 3)
    places.started(REPO, 1, "one", now=NOW)
    for number in (1, 2, 3):
        places.withdraw(REPO, number)

    assert [place.arn for place in places.running()] == ["one"]
    assert places.line() == []


def test_an_unused_place_that_lapses_lets_the_others_go_first() -> None:
    places = admission(1)
    enter(places, 1, 2)
    places.lapse(REPO, 1)
    places.lapse(REPO, 1)

    assert [row.number for row in places.line()] == [2, 1]
    assert [row.number for row in places.called()] == [2]


def test_whoever_is_called_in_vain_lets_the_others_go_first() -> None:
    places = admission(1)
    enter(places, 0)
    places.started(REPO, 0, "zero", now=NOW)
    enter(places, 1, 2)
    places.ended("zero")

    called = [[row.number for row in places.call()] for _ in range(2 * PATIENCE + 1)]

    assert called == [[1]] * PATIENCE + [[2]] * PATIENCE + [[1]]
    assert enter(places, 2, 1) == [2, 0]


def test_a_smaller_limit_lets_what_runs_end() -> None:
    s3 = FakeS3()
    enter(admission(3, s3), 1, 2, 3)
    smaller = admission(1, s3)

    assert enter(smaller, 4) == [1]
    assert smaller.called() == []
    assert len(smaller.running()) == 3


def test_eight_functions_that_enter_at_the_same_time_take_no_place_twice() -> None:
    s3 = LockedS3()
    numbers = list(range(1, 25))
    results: dict[int, int] = {}

    def work(mine: list[int]) -> None:
        documents = Documents(s3, "bucket", sleep=lambda seconds: threading.Event().wait(seconds / 20))
        for number in mine:
            results[number] = Admission(documents, limit=5).enter(REPO, number, now=NOW)

    threads = [threading.Thread(target=work, args=(numbers[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(results.values()).count(0) == 5
    assert sorted(place for place in results.values() if place) == list(range(1, 20))
    assert len(admission(5, s3).running()) == 5


@pytest.mark.parametrize(
    "document",
    [
        {"running": [{"repository": "a/b", "number": 1, "since": NOW.isoformat()}]},
        {"running": [{"repository": "a/b", "number": "x", "arn": "", "since": NOW.isoformat()}]},
        {"running": [{"repository": "a/b", "number": 1, "arn": None, "since": NOW.isoformat()}]},
        {"running": ["one"]},
        {"running": 1},
        {"waiting": [{"repository": 1, "number": 1, "since": NOW.isoformat()}]},
        {"waiting": [{"repository": "a/b", "number": 1, "since": "yesterday"}]},
        {"waiting": [{"repository": "a/b", "number": 1, "since": "2026-01-01T00:00:00"}]},
        {"waiting": [{"repository": "a/b", "number": 1, "since": NOW.isoformat(), "calls": "x"}]},
    ],
)
def test_a_damaged_line_is_named_and_left_as_it_is(document: object) -> None:
    s3 = FakeS3()
    content = json.dumps(document).encode()
    s3.objects["bucket/state/admission.json"] = content

    with pytest.raises(ConfigError, match=r"state/admission.json in the bucket is damaged: a row is not one of ours"):
        enter(admission(1, s3), 1)
    assert s3.objects["bucket/state/admission.json"] == content


class Functions(RuleBasedStateMachine):
    """Functions that enter, start, end, withdraw, die and repeat themselves, in any order.

    The model: who was let in and what runs. Whatever the order, no more are let in than there are places, nobody is
    overtaken, and nobody gets lost.
    """

    LIMIT = 3
    issues = st.integers(1, 8)

    def __init__(self) -> None:
        super().__init__()
        self.s3 = FakeS3()
        self.places = admission(self.LIMIT, self.s3)
        self.admitted: set[int] = set()  # hold a place that they have not used
        self.runs: dict[str, int] = {}
        self.beyond = 0  # successors and strangers, which enter nothing
        self.line: list[int] = []
        self.starts = 0

    @rule(number=issues)
    def enters(self, number: int) -> None:
        if number in self.runs.values():
            return  # start_execution enters an issue only before its start
        place = self.places.enter(REPO, number, now=NOW)
        if place == 0:
            if number not in self.admitted:
                ahead = self.line.index(number) if number in self.line else len(self.line)
                assert len(self.admitted) + len(self.runs) + ahead < self.LIMIT
            self.admitted.add(number)
            self.line = [n for n in self.line if n != number]
        else:
            if number not in self.line:
                self.line.append(number)
            assert self.line.index(number) == place - 1

    @precondition(lambda self: self.admitted)
    @rule(data=st.data())
    def starts_what_was_admitted(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.admitted)))
        self.starts += 1
        arn = f"execution-{self.starts}"
        for _ in range(data.draw(st.integers(1, 2))):
            self.places.started(REPO, number, arn, now=NOW)
        self.admitted.discard(number)
        self.runs[arn] = number

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def starts_a_successor(self, data: st.DataObject) -> None:
        number = self.runs[data.draw(st.sampled_from(sorted(self.runs)))]
        self.starts += 1
        self.places.started(REPO, number, f"execution-{self.starts}", now=NOW)
        self.runs[f"execution-{self.starts}"] = number

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        arn = data.draw(st.sampled_from(sorted(self.runs)))
        for _ in range(data.draw(st.integers(1, 2))):
            self.places.ended(arn)
        del self.runs[arn]

    @rule(number=issues)
    def withdraws(self, number: int) -> None:
        self.places.withdraw(REPO, number)
        self.admitted.discard(number)
        self.line = [n for n in self.line if n != number]

    @rule(number=issues)
    def lapses(self, number: int) -> None:
        self.places.lapse(REPO, number)
        if number in self.admitted:
            self.admitted.discard(number)
            self.line.append(number)

    @invariant()
    def nobody_is_lost_or_held_twice(self) -> None:
        running = self.places.running()
        assert sorted(place.arn for place in running if place.arn) == sorted(self.runs)
        assert sorted(place.number for place in running if not place.arn) == sorted(self.admitted)
        assert [row.number for row in self.places.line()] == self.line

    @invariant()
    def a_free_place_is_called_for(self) -> None:
        free = max(0, self.LIMIT - len(self.runs) - len(self.admitted))
        assert [row.number for row in self.places.called()] == self.line[:free]


TestFunctions = Functions.TestCase
TestFunctions.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
