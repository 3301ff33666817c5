"""Addresses of the drivers' pages; short, for they stand on paper and in messages."""

from django.urls import re_path

from chargehand.interfaces.driver import deeds, receipts, sessions

app_name = "driver"

#: 128 bits in base64url.
KEY = r"(?P<key>[A-Za-z0-9_-]{22})"

urlpatterns = [
    re_path(rf"^r/{KEY}$", receipts.show, name="receipt"),
    re_path(rf"^r/{KEY}\.pdf$", receipts.pdf, name="receipt-pdf"),
    re_path(rf"^r/{KEY}\.xml$", receipts.xml, name="receipt-xml"),
    re_path(rf"^r/{KEY}/correction\.pdf$", receipts.correction, name="receipt-correction"),
    re_path(rf"^r/{KEY}/mail$", deeds.mail, name="receipt-mail"),
    re_path(rf"^r/{KEY}/objection$", deeds.objection, name="receipt-objection"),
    re_path(rf"^s/{KEY}$", sessions.show, name="session"),
    re_path(r"^[rs]/", receipts.stray, name="stray"),
]
