"""Answers get lost on the way: whoever sends again until there is an answer has everything stored once."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

from tests.faults import forms
from tests.faults.installations import installed
from tests.faults.phones import crowd
from tests.faults.proxies import any_trouble, proxy

CONNECTIONS = 24
SECONDS = forms.either(4, 60)


def test_a_network_that_delays_cuts_and_swallows_loses_and_doubles_nothing(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    chance = random.Random(2)
    with installed(new_database(), environment) as installation:
        with proxy(installation.server.port, lambda: any_trouble(chance)) as network:
            phones = crowd(network.url, installation.clinic, tmp_path)
            with phones.sending(CONNECTIONS):
                Event().wait(SECONDS)

        assert min(network.met[name] for name in ("delayed", "request cut", "answer cut", "answer swallowed")) > 0
        unanswered = sum(len(household.ledger.unknown()) for household in phones.households)
        assert unanswered > 0
        phones.settle()
        forms.count(answers_lost=network.met.total())
