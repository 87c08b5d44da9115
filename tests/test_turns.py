"""Writers that share one connection of SQLite."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import DatabaseUnavailable
from infra.db import Database
from infra.turns import Turns


def test_turns_go_to_who_has_waited_longest() -> None:
    turns, order = Turns(), list[int]()
    assert turns.take(1)

    def wait_for_turn(number: int) -> None:
        assert turns.take(10)
        order.append(number)
        turns.pass_on()

    threads = [threading.Thread(target=wait_for_turn, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    turns.pass_on()
    for thread in threads:
        thread.join()

    assert order == list(range(10))


def test_a_turn_that_does_not_come_in_time_is_given_up() -> None:
    turns = Turns()
    assert turns.take(1)

    assert not turns.take(0.01)

    turns.pass_on()
    assert turns.take(0.01)


def test_a_writer_that_wants_the_connection_again_and_again_does_not_keep_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'turns.sqlite3'}", connections=2, timeout_s=10)
    enough = threading.Event()

    def write_on_and_on() -> int:
        rounds = 0
        while not enough.is_set():
            with database.transaction() as session:
                session.execute(text("SELECT 1"))
            rounds += 1
        return rounds

    with ThreadPoolExecutor(1) as pool:
        greedy = pool.submit(write_on_and_on)
        longest = 0.0
        for _ in range(50):
            started = time.monotonic()
            with database.transaction() as session:
                session.execute(text("SELECT 1"))
            longest = max(longest, time.monotonic() - started)
        enough.set()
        assert greedy.result() > 10
    database.dispose()
    assert longest < 1


def test_a_writer_whose_turn_does_not_come_is_told_to_try_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'turns.sqlite3'}", connections=2, timeout_s=1)

    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable), database.transaction() as other:
            other.execute(text("SELECT 1"))

    with database.transaction() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    database.dispose()


def test_many_may_open_a_new_file_at_the_same_time(tmp_path: Path) -> None:
    def open_and_look(url: str, all_are_here: threading.Barrier) -> int:
        database = Database(url, connections=2, timeout_s=10)
        all_are_here.wait()
        with database.transaction() as session:
            found: int = session.execute(text("SELECT 1")).scalar_one()
        database.dispose()
        return found

    for number in range(10):
        url, all_are_here = f"sqlite:///{tmp_path / str(number)}.sqlite3", threading.Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(open_and_look, [url] * 8, [all_are_here] * 8)) == [1] * 8


def test_a_process_that_writes_again_and_again_lets_another_in_between(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'turns.sqlite3'}"
    greedy, other = (Database(url, connections=2, timeout_s=10) for _ in range(2))
    enough, rounds = threading.Event(), [0]

    def write_on_and_on() -> None:
        while not enough.is_set():
            with greedy.transaction() as session:
                session.execute(text("SELECT 1"))
                time.sleep(0.01)
            rounds[0] += 1

    waited = []
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(write_on_and_on)
        try:
            for _ in range(20):
                before = rounds[0]
                with other.transaction() as session:
                    session.execute(text("SELECT 1"))
                    waited.append(rounds[0] - before)
        finally:
            enough.set()
            busy.result(10)
    for database in (greedy, other):
        database.dispose()

    # One that was under way, and one that came before the turnstile was reached.
    assert max(waited) <= 2, waited
