"""Photos of a job are kept once, for that job, and only if they are photos."""

import pytest
from tests.domain.maintenance.test_pictures import END, SCAN, TABLES, _jpeg
from tests.domain.maintenance.yard import Yard

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import order_files
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db

PHOTO = _jpeg(TABLES, SCAN)


def test_a_photo_sent_twice_is_one_and_fills_its_step(yard: Yard, other_operator: Operator) -> None:
    order_id, file_id = yard.order(), new_id()
    for _ in range(2):
        yard.do(order_files.attach_file, order_id, file_id=file_id, content=PHOTO, item_key="photo")
    view = yard.view(order_id)
    assert [file.id for file in view.files] == [file_id]
    assert {item.key: item.value for item in view.items}["photo"] == [str(file_id)]
    found = order_files.read_file(yard.operator_id, order_id, file_id)
    assert found is not None
    assert (found[0], b"".join(found[1])) == ("image/jpeg", PHOTO)
    assert order_files.read_file(other_operator.pk, order_id, file_id) is None


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (b"<script>", {}, "no-picture"),
        (b"\xff\xd8" + bytes(order_files.LARGEST) + END, {}, "too-large"),
        (PHOTO, {"item_key": "nothing"}, "no-such-field"),
        (PHOTO, {"kind": "film"}, "bad-kind"),
    ],
)
def test_what_does_not_belong_is_refused(yard: Yard, content: bytes, more: dict[str, str], code: str) -> None:
    order_id = yard.order()
    with pytest.raises(Refused, check=lambda refused: refused.code == code):
        yard.do(order_files.attach_file, order_id, file_id=new_id(), content=content, **more)
    assert yard.view(order_id).files == ()


def test_a_photo_of_another_job_cannot_be_taken_over(yard: Yard) -> None:
    one, other, file_id = yard.order(), yard.order(), new_id()
    yard.do(order_files.attach_file, one, file_id=file_id, content=PHOTO)
    with pytest.raises(Refused):
        yard.do(order_files.attach_file, other, file_id=file_id, content=PHOTO)
