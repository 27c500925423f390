"""Tiers of an environment file: each mistake is refused, and no name is taken twice."""

import tomllib
from dataclasses import fields

import pytest

from blueprint.flows import INTERNET, S3
from stacks.loading import parse_environment
from stacks.network_flows import Zones, zones_of
from stacks.tier_settings import TAKEN
from tests.stacks.refusals import FILE, check_refusal
from tests.synthesis import environment_named

NETWORK = '[network]\ncidr = "10.0.0.0/16"\n'


def tier(**changed: object) -> str:
    values = {"name": "cache", "place": 4, "reached_from": "app", "port": 6379} | changed
    return "[[network.tiers]]\n" + "".join(f"{key} = {value!r}\n" for key, value in values.items())


REFUSED = [
    (tier(name="Cache"), "network.tiers.0.name", "'Cache'", "small letters and digits"),
    (tier(name="a-b"), "network.tiers.0.name", "'a-b'", "small letters and digits"),
    *((tier(name=name), "network.tiers", repr(name), "another name") for name in sorted(TAKEN)),
    (tier() + tier(place=5), "network.tiers", "'cache'", "each name once"),
    (tier() + tier(name="index"), "network.tiers", "place 4", "each place once"),
    (tier(place=3), "network.tiers.0.place", "3", "4 to 7"),
    (tier(place=8), "network.tiers.0.place", "8", "4 to 7"),
    (tier(reached_from="internet"), "network.tiers.0.reached_from", "'internet'", "'web', 'app'"),
    (tier(port=22), "network.tiers.0.port", "22", "1024 to 32767"),
    (tier(port=3389), "network.tiers.0.port", "3389", "except 3389"),
]


@pytest.mark.parametrize(("text", "key", "value", "allowed"), REFUSED)
def test_a_mistake_names_the_file_key_value_what_is_allowed_and_the_change(
    text: str, key: str, value: str, allowed: str
) -> None:
    check_refusal(NETWORK + text, key, value, allowed)


@pytest.mark.parametrize("place", range(4, 8))
def test_every_free_place_takes_a_tier(place: int) -> None:
    environment = parse_environment(tomllib.loads(NETWORK + tier(place=place)), "test", FILE)
    assert environment.tiers[-1].place == place


def test_the_names_that_are_taken_are_those_of_all_zones_and_tiers() -> None:
    environment = environment_named("production")
    zones = zones_of(environment)
    names = {getattr(zones, field.name).name for field in fields(Zones) if field.name != "more"}
    names |= {INTERNET.name, S3.name, *(tier.name for tier in environment.tiers)}
    names -= {tier.name for tier in environment.network.tiers}
    # A name with a hyphen is refused for its form.
    assert {name for name in names if "-" not in name} == TAKEN
