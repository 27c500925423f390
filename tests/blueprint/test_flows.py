"""The value objects of the flow table."""

import json

import pytest

from blueprint.flows import (
    HTTPS,
    INTERNET,
    SSH,
    Flow,
    Ports,
    Protocol,
    Zone,
    flow_table,
    flows_from_data,
    flows_to_data,
    tcp,
)

WEB = Zone("web", ("10.0.0.0/19",))
ABSENT = Zone("interface-endpoints", ())


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 4), (0, 65536)])
def test_ports_outside_the_protocol_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"ports {first}-{last}: allowed are 0 <= first <= last"):
        Ports(Protocol.TCP, first, last)


def test_one_port_is_a_range_of_one() -> None:
    assert tcp(443) == tcp(443, 443) == HTTPS
    assert [str(tcp(443)), str(tcp(1024, 65535))] == ["tcp/443", "tcp/1024-65535"]


def test_rows_of_zones_that_the_environment_lacks_fall_out() -> None:
    kept = Flow(INTERNET, WEB, HTTPS, "Customers")
    assert flow_table(
        kept,
        Flow(WEB, ABSENT, HTTPS, "destination is absent"),
        Flow(ABSENT, WEB, HTTPS, "source is absent"),
        Flow(WEB, INTERNET, SSH, "gateway is absent", via=ABSENT),
    ) == (kept,)


def test_two_rows_for_the_same_traffic_are_refused() -> None:
    row = Flow(INTERNET, WEB, HTTPS, "Customers")
    with pytest.raises(ValueError, match="two rows for internet -> web tcp/443"):
        flow_table(row, Flow(INTERNET, WEB, HTTPS, "Other words"))


def test_a_table_survives_the_metadata_of_a_template() -> None:
    table = (
        Flow(INTERNET, WEB, HTTPS, "Customers"),
        Flow(WEB, INTERNET, tcp(8000, 8010), "Updates", via=WEB),
    )
    assert flows_from_data(json.loads(json.dumps(flows_to_data(table)))) == table
