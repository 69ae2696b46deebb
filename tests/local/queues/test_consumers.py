"""Messages reach their functions at least once and in order; failures rest ever longer, out of the others' way."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from local.queues.consumer import failed_ids, verdicts
from local.queues.messages import Message
from tests.local.execution.bench import until
from tests.local.queues.stacks import ACCOUNT, REGION, Row, noted, stack


def bodies(home: Path) -> list[str]:
    return [entry[0] for entry in noted(home)]


def message(number: int, group: str | None = None, receives: int = 1) -> Message:
    return Message(f"m{number}", "body", f"r{number}", 0.0, receives, 0.0, group)


def test_a_function_gets_records_as_the_service_shapes_them(tmp_path: Path) -> None:
    with stack(tmp_path, Row("lines.fifo", "keep", batch_size=10)) as local:
        sent = local.send("lines.fifo", "hello", group="g", dedup="d")
        assert local.drain(10)
    (record,) = noted(tmp_path)
    assert record["messageId"] == sent.message_id
    assert record["body"] == "hello"
    assert record["receiptHandle"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:lines.fifo"
    assert record["awsRegion"] == REGION
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "d")
    assert attributes["ApproximateReceiveCount"] == "1"
    assert attributes["SequenceNumber"] == sent.sequence
    assert int(attributes["SentTimestamp"]) <= int(attributes["ApproximateFirstReceiveTimestamp"])


def test_what_a_function_handled_is_deleted(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work")) as local:
        for number in range(5):
            local.send("work", str(number))
        assert local.drain(10)
        counts = local.queues.counts("work")
    assert bodies(tmp_path) == ["0", "1", "2", "3", "4"]
    assert (counts.visible, counts.in_flight) == (0, 0)


def test_batches_are_no_larger_than_the_row_says(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work", "count", batch_size=3)) as local:
        for number in range(7):
            local.send("work", str(number))
        assert local.drain(10)
    sizes = noted(tmp_path)
    assert sum(sizes) == 7
    assert max(sizes) <= 3


def test_only_the_failed_messages_of_a_batch_come_again(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work", batch_size=10)) as local:
        for body in ("a", "fail 1", "b"):
            local.send("work", body)
        assert local.drain(10)
    assert sorted(bodies(tmp_path)) == ["a", "b", "fail 1", "fail 1"]


def test_a_host_killed_in_an_invocation_is_a_failed_batch_that_comes_again(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work")) as local:
        local.send("work", "die 1")
        local.send("work", "after")
        assert local.drain(20)
        assert local.queues.counts("work").in_flight == 0
    assert bodies(tmp_path) == ["die 1", "after", "die 1"]


def test_a_host_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    sent = [f"slow 0.02{number:02d}" for number in range(30)]
    with stack(tmp_path, Row("lines.fifo")) as local:
        for body in sent:
            local.send("lines.fifo", body, group="g", dedup=body[5:])
        until(lambda: len(noted(tmp_path)) >= 5)
        pid = local.invoker.host_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert local.drain(30)
    handled = [body for index, body in enumerate(bodies(tmp_path)) if body not in bodies(tmp_path)[:index]]
    assert handled == sent


def test_a_group_that_fails_does_not_hold_up_another(tmp_path: Path) -> None:
    with stack(tmp_path, Row("lines.fifo")) as local:
        local.send("lines.fifo", "fail 2", group="a", dedup="1")
        local.send("lines.fifo", "a after", group="a", dedup="2")
        local.send("lines.fifo", "b", group="b", dedup="3")
        assert local.drain(20)
    assert bodies(tmp_path) == ["fail 2", "b", "fail 2", "fail 2", "a after"]


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue_and_frees_its_group(tmp_path: Path) -> None:
    with stack(tmp_path, Row("lines.fifo", max_receives=2, visibility_seconds=0)) as local:
        local.send("lines.fifo", "fail 99", group="a", dedup="1")
        local.send("lines.fifo", "next", group="a", dedup="2")
        assert local.drain(20)
        assert [m.body for m in local.queues.peek("lines-dead.fifo")] == ["fail 99"]
    assert bodies(tmp_path) == ["fail 99", "fail 99", "next"]


def test_draining_does_not_wait_for_a_message_that_keeps_failing(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work")) as local:
        local.send("work", "fail 99")
        before = time.monotonic()
        assert local.drain(60)
        assert time.monotonic() - before < 15
        assert local.queues.counts("work").in_flight == 1
    assert [entry[1] for entry in noted(tmp_path)] == [1, 2, 3]


def test_draining_says_so_when_its_time_was_too_short(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work")) as local:
        local.send("work", "slow 3")
        assert not local.drain(0.2)


def test_a_closing_stack_abandons_what_hangs_and_offers_it_again_at_the_next_start(tmp_path: Path) -> None:
    with stack(tmp_path, Row("lines.fifo")) as local:
        local.send("lines.fifo", "hang", group="g", dedup="1")
        local.send("lines.fifo", "behind", group="g", dedup="2")
        until(lambda: bodies(tmp_path) == ["hang"])
        before = time.monotonic()
    assert time.monotonic() - before < 8
    with stack(tmp_path, Row("lines.fifo")):
        until(lambda: bodies(tmp_path) == ["hang", "hang"])
    assert [entry[1] for entry in noted(tmp_path)] == [1, 2]


def test_a_closing_stack_lets_what_is_nearly_done_end(tmp_path: Path) -> None:
    with stack(tmp_path, Row("work")) as local:
        local.send("work", "warm")
        assert local.drain(10)
        local.send("work", "slow 0.5")
        until(lambda: bodies(tmp_path) == ["warm", "slow 0.5"])
    with stack(tmp_path, Row("work")) as local:
        assert local.drain(5)
    assert bodies(tmp_path) == ["warm", "slow 0.5"]


@pytest.mark.parametrize("rows", [(Row("work", "nobody"),), (Row("work"), Row("work", "keep"))])
def test_a_queue_without_exactly_one_known_consumer_is_refused(tmp_path: Path, rows: tuple[Row, ...]) -> None:
    with pytest.raises(ValueError, match=r"nobody of work|same queue"), stack(tmp_path, *rows):
        pass
    with stack(tmp_path):  # and the home is free again
        pass


def test_rests_grow_from_a_second_to_the_longest() -> None:
    rests = [verdicts([message(1, receives=count)], {"m1"}, longest=90, fifo=False)[1]["r1"] for count in range(1, 10)]
    assert rests == [1, 2, 4, 8, 16, 32, 64, 90, 90]
    assert verdicts([message(1, receives=1000)], {"m1"}, longest=90, fifo=False)[1] == {"r1": 90}


def test_what_follows_a_failed_message_of_its_group_comes_again_behind_it() -> None:
    batch = [message(1, "a"), message(2, "b"), message(3, "a"), message(4, "b")]
    done, again = verdicts(batch, {"m1"}, longest=90, fifo=True)
    assert done == ["r2", "r4"]
    assert again == {"r1": 1.0, "r3": 0.0}


def test_the_same_group_means_nothing_in_a_standard_queue() -> None:
    done, again = verdicts([message(1, "a"), message(2, "a")], {"m1"}, longest=90, fifo=False)
    assert (done, list(again)) == (["r2"], ["r1"])


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "unheard of"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": ["m1"]},
        {"batchItemFailures": 3},
        {"batchItemFailures": [{"itemIdentifier": ["m1"]}]},
    ],
)
def test_a_report_that_makes_no_sense_fails_the_whole_batch(answer: dict[str, object]) -> None:
    assert failed_ids(answer, [message(1), message(2)]) == {"m1", "m2"}


@pytest.mark.parametrize("answer", [{}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}])
def test_no_report_means_success(answer: dict[str, object]) -> None:
    assert failed_ids(answer, [message(1)]) == set()
