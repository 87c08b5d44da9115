"""Sync: phones pull what changed, and push what they changed while they had no network."""

from services.sync.pulling import Pulled, pull
from services.sync.pushing import Pushed, push

__all__ = ["Pulled", "Pushed", "pull", "push"]
