"""Tables of operators, people, memberships, API keys and the audit trail."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Operator(models.Model):
    """A charge point operator: the tenant that owns stations, tokens and money."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    country = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")])  # ISO 3166-1 alpha-2
    time_zone = models.CharField(max_length=64, default="UTC")  # IANA name
    currency = models.CharField(max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")])  # ISO 4217
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]


class UserManager(BaseUserManager["User"]):
    """Makes people; their e-mail address is kept in lower case, for nobody types it the same way twice."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in by e-mail address. What they may do follows from their memberships.

    `is_superuser` marks people who run the installation and may act for every operator.
    """

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case")
        ]


class Membership(models.Model):
    """The role a person has with an operator. `location_ids` narrows it to those locations; empty: all."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20)
    location_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "operator"], name="membership_once_per_operator"),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=[
                        "admin",
                        "operations",
                        "finance",
                        "support_agent",
                        "technician",
                        "read_only",
                        "site_host",
                    ]
                ),
                name="membership_role_known",
            ),
        ]


class HelpContact(models.Model):
    """Whom drivers of an operator may call or write to; either may be ""."""

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    changed_at = models.DateTimeField()


class ApiKey(models.Model):
    """A key for machines. Only the SHA-256 of its secret is kept; the prefix finds the row."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["operator"], name="api_key_operator")]


class AuditEntry(models.Model):
    """Who did what to which thing, when. A trigger refuses to change or delete a row.

    The actor is a plain id with the name it had then, so that a row outlives the person.
    """

    operator = models.ForeignKey("accounts.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=100)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            models.Index(fields=["operator", "-id"], name="audit_operator"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_subject"),
        ]
