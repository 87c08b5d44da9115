"""Signing in and out, passwords, sessions, and who one is."""

from services.accounts.joining import accept, redeem
from services.accounts.owners import change_password, me
from services.accounts.sessions import close, end_session, end_sessions, list_sessions, log_out
from services.accounts.signing_in import grant, refresh, sign_in
from services.accounts.tokens import Doorkeeper

__all__ = [
    "Doorkeeper",
    "accept",
    "change_password",
    "close",
    "end_session",
    "end_sessions",
    "grant",
    "list_sessions",
    "log_out",
    "me",
    "redeem",
    "refresh",
    "sign_in",
]
