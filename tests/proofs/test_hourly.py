"""What bills by the hour is counted from the templates."""

from pathlib import Path

import pytest

from proofs.hourly import hourly_resources, main
from tests.conftest import Assembly


def test_the_sandbox_bills_one_key(sandbox: Assembly) -> None:
    assert hourly_resources(sandbox.network) == {"customer-managed key": 1}


def test_production_bills_gateways_endpoints_vpn_and_addresses(production: Assembly) -> None:
    assert hourly_resources(production.network) == {
        "NAT gateway": 3,
        "public IPv4 address": 5,
        "interface endpoint, a zone": 9,
        "site-to-site VPN connection": 1,
        "customer-managed key": 1,
    }


def test_the_list_ends_make_synth(sandbox: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    main(sandbox.directory)
    assert capsys.readouterr().out == "Billed by the hour:\n  1 x customer-managed key\n"


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no templates there"):
        main(tmp_path)
