"""What bills by the hour is counted from the templates."""

from pathlib import Path

import pytest

from proofs.hourly import hourly_resources, main
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


def test_the_list_ends_make_synth(sandbox: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    main(sandbox.directory)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "Billed by the hour:"
    assert "  5 x customer-managed key" in lines
    assert "  2 x t4g.micro server" in lines


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no templates there"):
        main(tmp_path)
