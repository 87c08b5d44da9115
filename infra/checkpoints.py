"""SQLite's log is copied into its file while others write: else who commits has to do it, and all the others wait."""

from pathlib import Path

from anyio import CapacityLimiter, sleep, to_thread

from infra.db import Database

EVERY_S = 0.3
"""More often, pages that many entries change are copied in vain."""


async def copy_log(database: Database) -> None:
    """Copy what is new in the log, again and again, until cancelled; nothing to do on PostgreSQL."""
    if not database.is_sqlite:
        return
    log, copied = Path(f"{database.url.database}-wal"), None
    own_thread = CapacityLimiter(1)
    while True:
        await sleep(EVERY_S)
        changed = _changed(log)
        if changed not in {None, copied}:
            await to_thread.run_sync(database.checkpoint, limiter=own_thread)
        copied = changed


def _changed(log: Path) -> int | None:
    """When it was written to, in nanoseconds; None while there is no log."""
    try:
        return log.stat().st_mtime_ns
    except OSError:
        return None
