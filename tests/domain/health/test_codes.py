import pytest

from chargehand.domain.health.codes import CODES, COMPONENTS, UNKNOWN, translate
from chargehand.domain.health.findings import KINDS


def test_every_code_hints_at_a_kind_there_is() -> None:
    assert {code.kind for code in (*CODES.values(), *COMPONENTS.values())} <= set(KINDS)


def test_all_codes_of_mrec_are_known() -> None:
    assert {f"CX{number:03d}" for number in range(1, 27)} <= set(CODES)


@pytest.mark.parametrize(
    ("error", "vendor", "info", "names"),
    [
        ("NoError", None, None, []),
        (None, None, None, []),
        ("GroundFailure", None, None, ["GroundFailure"]),
        ("OtherError", "CX017", None, ["CX017"]),
        ("OtherError", "CX002;CX014", None, ["CX002", "CX014"]),
        ("OtherError", "cx-17", None, ["CX017"]),
        ("OtherError", "F008, A001", None, ["F008", "A001"]),
        ("OtherError", "", "CX026 cable severed", ["CX026"]),
        ("PowerMeterFailure", "CX015", None, ["CX015", "PowerMeterFailure"]),
    ],
)
def test_codes_are_found_wherever_they_stand(
    error: str | None, vendor: str | None, info: str | None, names: list[str]
) -> None:
    assert [name for name, _ in translate(error, vendor, info)] == names


def test_a_code_nobody_knows_keeps_its_name() -> None:
    assert translate("0x44", "E-4711") == [("E-4711", UNKNOWN)]
