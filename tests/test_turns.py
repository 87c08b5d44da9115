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
