"""The queues keep SQS's rules: at least once, in order within a group, and nothing is lost by a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.names import dead_letter_queue
from local.api_errors import ApiError
from local.queues.attributes import dead_letter_name
from local.queues.store import QueueStore
from tests.local.queues.conftest import ACCOUNT, REGION, Bench

ROOT = Path(__file__).parents[3]


def test_a_message_that_is_taken_is_hidden_until_its_visibility_ends(bench: Bench) -> None:
    bench.store.send("work", "hello")
    assert [(m.body, m.receives) for m in bench.take("work")] == [("hello", 1)]
    assert bench.bodies("work") == []
    bench.clock.pass_by(30)
    assert [(m.body, m.receives) for m in bench.take("work")] == [("hello", 2)]


def test_a_message_is_deleted_by_its_latest_receipt_only(bench: Bench) -> None:
    bench.store.send("work", "hello")
    first = bench.take("work")[0]
    bench.clock.pass_by(30)
    second = bench.take("work")[0]
    bench.store.delete("work", first.receipt)
    assert bench.store.counts("work").in_flight == 1
    bench.store.delete("work", second.receipt)
    assert bench.store.counts("work").in_flight == 0
    bench.store.delete("work", second.receipt)


def test_what_is_no_receipt_is_refused(bench: Bench) -> None:
    with pytest.raises(ApiError) as caught:
        bench.store.delete("work", "'; DROP TABLE messages")
    assert caught.value.code == "ReceiptHandleIsInvalid"


def test_a_message_received_too_often_goes_to_the_dead_letter_queue_and_says_where_it_came_from(bench: Bench) -> None:
    bench.store.send("work", "poison")
    bench.store.send("work", "fine")
    for _ in range(3):
        assert bench.bodies("work", 1) == ["poison"]
        bench.clock.pass_by(30)
    assert bench.bodies("work") == ["fine"]
    dead = bench.take("work-dead")[0]
    assert (dead.body, dead.receives) == ("poison", 1)
    assert dead.source == f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"


def test_dead_letter_queues_have_the_names_that_the_contracts_give_them() -> None:
    for name in ("requests", "requests.fifo"):
        assert dead_letter_name(name) == dead_letter_queue(name)


def test_a_group_with_a_message_in_flight_gives_no_other_and_does_not_hold_up_other_groups(bench: Bench) -> None:
    for body in ("a1", "a2", "b1"):
        bench.line(body[0], body)
    first = bench.take("lines.fifo", 1)[0]
    assert first.body == "a1"
    assert bench.bodies("lines.fifo") == ["b1"]
    bench.store.delete("lines.fifo", first.receipt)
    assert bench.bodies("lines.fifo") == ["a2"]


def test_a_failed_message_comes_again_before_the_later_ones_of_its_group(bench: Bench) -> None:
    for body in ("a1", "a2", "a3"):
        bench.line("a", body)
    taken = bench.take("lines.fifo", 2)
    bench.store.settle("lines.fifo", done=[], again={taken[0].receipt: 5.0, taken[1].receipt: 0.0})
    assert bench.bodies("lines.fifo") == []
    bench.clock.pass_by(5)
    assert bench.bodies("lines.fifo") == ["a1", "a2", "a3"]


def test_an_earlier_message_is_not_given_while_a_later_one_of_its_group_is_in_flight(bench: Bench) -> None:
    bench.line("a", "a1")
    bench.line("a", "a2")
    first, second = bench.take("lines.fifo")
    bench.store.change_visibility("lines.fifo", first.receipt, 0)
    assert bench.bodies("lines.fifo") == []
    bench.store.delete("lines.fifo", second.receipt)
    assert bench.bodies("lines.fifo") == ["a1"]


def test_a_repetition_within_five_minutes_is_dropped_and_answered_as_the_first(bench: Bench) -> None:
    send = bench.store.send
    first = send("lines.fifo", "one", group="a", deduplication="x")
    assert send("lines.fifo", "one", group="a", deduplication="x") == first
    taken = bench.take("lines.fifo")
    bench.store.delete("lines.fifo", taken[0].receipt)
    bench.clock.pass_by(299)
    assert send("lines.fifo", "one", group="a", deduplication="x") == first
    assert bench.bodies("lines.fifo") == []
    bench.clock.pass_by(2)
    assert send("lines.fifo", "one", group="a", deduplication="x") != first
    assert bench.bodies("lines.fifo") == ["one"]


def test_a_poisonous_message_of_a_group_lets_the_next_one_pass_once_it_is_given_up(bench: Bench) -> None:
    bench.line("a", "poison")
    bench.line("a", "next")
    for _ in range(3):
        assert bench.bodies("lines.fifo", 1) == ["poison"]
        bench.clock.pass_by(30)
    assert bench.bodies("lines.fifo", 1) == ["next"]
    assert bench.bodies("lines-dead.fifo") == ["poison"]


def test_a_delayed_message_is_counted_and_comes_in_time(bench: Bench) -> None:
    bench.store.send("work", "later", delay=10)
    assert bench.bodies("work") == []
    assert bench.store.counts("work").delayed == 1
    bench.clock.pass_by(10)
    assert bench.bodies("work") == ["later"]


def test_a_message_nobody_wanted_is_forgotten_after_its_retention(bench: Bench) -> None:
    bench.store.catalogue.create("short", {"MessageRetentionPeriod": "60"})
    bench.store.send("short", "old news")
    bench.clock.pass_by(61)
    assert bench.bodies("short") == []
    assert bench.store.counts("short").visible == 0


def test_a_visibility_is_changed_only_of_what_is_in_flight(bench: Bench) -> None:
    bench.store.send("work", "hello")
    receipt = bench.take("work")[0].receipt
    bench.store.change_visibility("work", receipt, 100)
    bench.clock.pass_by(50)
    assert bench.bodies("work") == []
    bench.store.change_visibility("work", receipt, 0)
    with pytest.raises(ApiError) as caught:
        bench.store.change_visibility("work", receipt, 1)
    assert caught.value.code == "MessageNotInflight"
    with pytest.raises(ApiError, match="43200"):
        bench.store.change_visibility("work", receipt, 43_201)


def test_everything_is_there_after_a_restart_receipts_and_deduplication_included(bench: Bench) -> None:
    bench.line("a", "a1")
    bench.line("a", "a2")
    first = bench.take("lines.fifo", 1)[0]
    bench.store.send("lines.fifo", "b1", group="b", deduplication="once")
    bench.restart()
    bench.store.send("lines.fifo", "b1", group="b", deduplication="once")
    assert bench.bodies("lines.fifo") == ["b1"]
    bench.store.delete("lines.fifo", first.receipt)
    assert bench.bodies("lines.fifo") == ["a2"]


def test_released_messages_are_offered_at_once_in_their_order(bench: Bench) -> None:
    for body in ("a1", "a2"):
        bench.line("a", body)
    bench.take("lines.fifo", visibility=43_200)
    bench.restart()
    assert bench.store.release("lines.fifo") == 2
    assert bench.bodies("lines.fifo") == ["a1", "a2"]


def test_a_waiting_receiver_gets_a_message_the_moment_it_is_sent(bench: Bench) -> None:
    found: list[str] = []
    waiter = threading.Thread(target=lambda: found.extend(m.body for m in bench.store.receive("work", wait=20)))
    waiter.start()
    time.sleep(0.05)
    before = time.monotonic()
    bench.store.send("work", "now")
    waiter.join(5)
    assert found == ["now"]
    assert time.monotonic() - before < 1


def test_a_waiting_receiver_leaves_when_the_queues_close(bench: Bench) -> None:
    waiter = threading.Thread(target=lambda: bench.store.receive("work", wait=20))
    waiter.start()
    time.sleep(0.05)
    bench.store.bell.close()
    waiter.join(2)
    assert not waiter.is_alive()


@pytest.mark.parametrize(
    ("body", "code"), [("", "MissingParameter"), ("\0", "InvalidMessageContents"), ("\ud800", "InvalidMessageContents")]
)
def test_a_body_that_no_queue_takes_is_refused(bench: Bench, body: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        bench.store.send("work", body)
    assert caught.value.code == code


def test_a_body_may_have_a_mebibyte_and_no_more(bench: Bench) -> None:
    bench.store.send("work", "é" * (1 << 19))
    with pytest.raises(ApiError, match="1048576"):
        bench.store.send("work", "é" * (1 << 19) + "x")


def test_many_receivers_keep_the_order_within_every_group(tmp_path: Path) -> None:
    store = QueueStore(tmp_path / "queues.db", account=ACCOUNT, region=REGION)
    store.catalogue.provide("lines.fifo", visibility=30, max_receives=100)
    seen: dict[str, list[int]] = defaultdict(list)
    fails = {("a", 3), ("c", 0)}
    count, ended = 5 * 20, threading.Event()

    def receive() -> None:
        while not ended.is_set():
            for message in store.receive("lines.fifo", 2, wait=0.2):
                group, number = message.body.split()
                if (group, int(number)) in fails and message.receives < 3:
                    store.settle("lines.fifo", done=[], again={message.receipt: 0.01})
                    break  # the rest of the batch is left, as a consumer that died would leave it
                seen[group].append(int(number))
                store.delete("lines.fifo", message.receipt)
                if sum(map(len, seen.values())) >= count:
                    ended.set()

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        for group in "abcde":
            store.send("lines.fifo", f"{group} {number}", group=group, deduplication=f"{group}{number}")
    deadline = time.monotonic() + 20
    while not ended.is_set() and time.monotonic() < deadline:
        time.sleep(0.05)
        if not store.is_due("lines.fifo", within=0.1):
            store.release("lines.fifo")
    ended.set()
    for thread in threads:
        thread.join(5)
    store.close()
    for group, numbers in seen.items():
        firsts = [n for i, n in enumerate(numbers) if n not in numbers[:i]]
        assert firsts == sorted(firsts) == list(range(20)), group


SENDER = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from local.queues.store import QueueStore
store = QueueStore(Path({path!r}), account="123456789012", region="us-east-1")
store.catalogue.provide("lines.fifo", visibility=30, max_receives=3)
for number in range(100000):
    store.send("lines.fifo", str(number), group="a", deduplication=str(number))
    print(number, flush=True)
"""


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "queues.db"
    code = SENDER.format(root=str(ROOT), path=str(path))
    sender = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert sender.stdout is not None
    for line in sender.stdout:
        if line.strip() == "40":
            os.kill(sender.pid, signal.SIGKILL)
            break
    acknowledged = [*range(41), *(int(line) for line in sender.stdout.read().split("\n")[:-1])]
    sender.wait()
    sender.stdout.close()
    store = QueueStore(path, account=ACCOUNT, region=REGION)
    kept = [int(message.body) for message in store.peek("lines.fifo", 100_000)]
    store.close()
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) <= len(acknowledged) + 1


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("abc")),
        st.tuples(st.just("take"), st.integers(1, 4)),
        st.tuples(st.just("settle"), st.booleans()),
        st.tuples(st.just("pass"), st.integers(1, 40)),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_whatever_happens_a_group_never_overtakes_itself_and_nothing_vanishes(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, object]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("any") / "queues.db")
    bench.store.catalogue.provide("lines.fifo", visibility=30, max_receives=1000)
    sent: list[tuple[str, int]] = []
    deleted: list[tuple[str, int]] = []
    held: list[tuple[str, int, str]] = []
    for kind, value in operations:
        if kind == "send":
            sent.append((str(value), len(sent)))
            bench.line(str(value), f"{value} {len(sent) - 1}")
        elif kind == "take":
            assert isinstance(value, int)
            for message in bench.take("lines.fifo", value):
                group, number = message.body.split()
                unfinished = [n for g, n in sent if g == group and (g, n) not in deleted]
                before = unfinished[: unfinished.index(int(number))]
                assert all(any(h[1] == n for h in held) for n in before), "given before an earlier one"
                held = [h for h in held if h[1] != int(number)] + [(group, int(number), message.receipt)]
        elif kind == "settle" and held:
            group, number, receipt = held.pop(0)
            if value:
                bench.store.settle("lines.fifo", done=[receipt], again={})
                deleted.append((group, number))
            else:
                bench.store.settle("lines.fifo", done=[], again={receipt: 7.0})
        elif kind == "pass":
            assert isinstance(value, int)
            bench.clock.pass_by(value)
        elif kind == "restart":
            bench.restart()
    kept = [message.body for message in bench.store.peek("lines.fifo")]
    assert kept == [f"{g} {n}" for g, n in sent if (g, n) not in deleted]
    bench.store.close()
