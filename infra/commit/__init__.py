"""Group commit: what is submitted at the same time is recorded in one transaction (docs/decisions/0017).

A group is whatever queued up while the group before was being committed, so nobody waits for company: a submission
that finds nothing under way is a group of its own at once. Each is answered after the commit that holds it.
"""

from infra.commit.apart import CommitApart
from infra.commit.groups import Recorder
from infra.commit.here import GroupCommit
from infra.commit.process import Order, serve

__all__ = ["CommitApart", "GroupCommit", "Order", "Recorder", "serve"]
