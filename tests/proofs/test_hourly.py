"""What bills by the hour is counted from the templates."""

from pathlib import Path

import pytest

from proofs.hourly import event_resources, hourly_resources, main
from tests.conftest import Assembly


def test_the_sandbox_bills_three_small_servers_and_no_gateway(sandbox: Assembly) -> None:
    assert hourly_resources(sandbox.network) == {"customer-managed key": 1}
    assert hourly_resources(sandbox.read("Servers.template.json")) == {
        "customer-managed key": 3,
        "t4g.micro server": 2,
        "t4g.small server": 1,
        "detailed monitoring of a server": 3,
        "GiB of volumes": 48,
        "public IPv4 address": 1,
        "private hosted zone, a month": 1,
    }


def test_production_bills_gateways_endpoints_vpn_and_addresses(production: Assembly) -> None:
    assert hourly_resources(production.network) == {
        "NAT gateway": 3,
        "public IPv4 address": 5,
        "interface endpoint, a zone": 9,
        "site-to-site VPN connection": 1,
        "customer-managed key": 1,
    }


def test_production_bills_every_server_of_its_groups(production: Assembly) -> None:
    counts = hourly_resources(production.read("Servers.template.json"))
    servers = {kind: count for kind, count in counts.items() if kind.endswith(" server")}
    assert servers.pop("detailed monitoring of a server") == 10
    assert servers == {"m7g.large server": 3, "m7g.medium server": 6, "m7i.large server": 1}
    assert counts["application load balancer"] == 1
    assert counts["network load balancer"] == 2
    assert counts["public IPv4 address"] == 3


def test_watching_bills_keys_and_alarms_by_the_hour(sandbox: Assembly) -> None:
    counts = hourly_resources(sandbox.audit)
    assert counts == {"customer-managed key": 3, "alarm": 16}


def test_watching_bills_the_rest_by_the_event(sandbox: Assembly, production: Assembly) -> None:
    assert event_resources(sandbox.audit) == {
        "trail, for its way into a log group": 1,
        "Config rule, for every evaluation": 24,
        "Config recorder, for every recorded change": 1,
        "access scope, for every interface when analysed": 1,
        "GuardDuty detector, for what it analyses": 1,
        "metric, in hours with an event": 16,
        "topic, for every message": 1,
    }
    counts = event_resources(production.audit)
    assert counts["Security Hub standard, for every check"] == 2
    assert counts["bucket whose data events are recorded"] == 1
    assert counts["metric, in hours with an event"] == 18
    analyzer = "analyzer, for every user and role a month"
    assert event_resources(production.identity)[analyzer] == 1
    assert analyzer not in event_resources(sandbox.identity)


def test_the_list_ends_make_synth(sandbox: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    main(sandbox.directory)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "Billed by the hour:"
    by_the_event = lines.index("Billed by the event:")
    assert "  8 x customer-managed key" in lines[:by_the_event]
    assert "  2 x t4g.micro server" in lines[:by_the_event]
    assert "  1 x GuardDuty detector, for what it analyses" in lines[by_the_event:]


def test_an_assembly_that_bills_nothing_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Empty.template.json").write_text("{}")
    main(tmp_path)
    assert capsys.readouterr().out == (
        "Billed by the hour: nothing.\nBilled by the event: nothing.\n"
    )


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no templates there"):
        main(tmp_path)
