"""Pictures: cleaned and measured by processes of their own, a few at a time."""

from infra.images.studio import Cleaned, Studio

__all__ = ["Cleaned", "Studio"]
