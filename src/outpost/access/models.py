"""Tables of accounts, rights and sign-in."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.rights import Role


class User(AbstractBaseUser):
    """An officer (signs in with `username`, password and TOTP) or a phone account (phone and passcode)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    username = models.TextField(unique=True)
    display_name = models.TextField(blank=True, default="")
    phone_hash = models.BinaryField(null=True, unique=True)
    sealed_phone = models.BinaryField(null=True)
    sealed_totp = models.BinaryField(null=True)
    sealed_contacts = models.BinaryField(null=True)
    totp_last_step = models.BigIntegerField(default=0)
    recovery_code_hashes = ArrayField(models.TextField(), default=list)
    session_epoch = models.IntegerField(default=0)
    must_change_password = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"
    objects = BaseUserManager["User"]()

    class Meta:
        db_table = "access_user"

    def __str__(self) -> str:
        return self.username

    @property
    def sealing_context(self) -> str:
        return f"access.user:{self.id}"

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with `session_epoch`, so that either ends every session."""
        return f"{super().get_session_auth_hash()}:{self.session_epoch}"


class Grant(models.Model):
    """A role over one scope. `scope_key` is a region, department or category code, an organisation's
    UUID, or empty for everything."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.TextField()
    scope_kind = models.TextField()
    scope_key = models.TextField(blank=True, default="")
    granted_by = models.TextField()
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_grant"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.codes()), name="access_grant_role"),
            # which kinds there are is declared by modules; one that none declares reaches nothing
            models.CheckConstraint(condition=~Q(scope_kind=""), name="access_grant_scope"),
            models.UniqueConstraint(
                fields=["user", "role", "scope_kind", "scope_key"],
                condition=Q(revoked_at__isnull=True),
                name="access_grant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.scope_kind}:{self.scope_key}"


class GrantRequest(models.Model):
    """A far-reaching right that waits for a second word, for a week; afterwards who asked and who decided."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.TextField()
    scope_kind = models.TextField()
    scope_key = models.TextField(blank=True, default="")
    asked_by = models.TextField()
    asked_label = models.TextField()
    asked_at = models.DateTimeField()
    decided_by = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_grantrequest"

    def __str__(self) -> str:
        return f"{self.role} {self.scope_kind}:{self.scope_key}"


class ApiToken(models.Model):
    """A machine's right: one role over one scope. Only the hash of the secret is stored."""

    id = models.UUIDField(primary_key=True, default=new_id)
    secret_hash = models.TextField(unique=True)
    label = models.TextField()
    role = models.TextField()
    scope_kind = models.TextField()
    scope_key = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_apitoken"

    def __str__(self) -> str:
        return self.label


class Passcode(models.Model):
    """An SMS passcode for one phone, made for the device that asked for it; only its keyed hash is stored."""

    id = models.UUIDField(primary_key=True, default=new_id)
    phone_hash = models.BinaryField()
    device_hash = models.TextField()
    code_hash = models.BinaryField()
    tries = models.SmallIntegerField(default=0)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_passcode"
        indexes = [models.Index(fields=["phone_hash", "-issued_at"], name="access_passcode_phone")]


class Passkey(models.Model):
    """A key pair of a device, whose public half lies here: whoever unlocks the device signs in to the account.

    `credential_id` and `public_key` are base64url. `sign_count` is the device's own count of its signatures, 0 where it
    keeps none.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.TextField(unique=True)
    public_key = models.TextField()
    sign_count = models.BigIntegerField(default=0)
    label = models.TextField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_passkey"

    def __str__(self) -> str:
        return self.label


class Session(AbstractBaseSession):
    """A signed-in (or signing-in) browser. Rows hold ids and instants only, no personal data."""

    user_id = models.UUIDField(null=True, db_index=True)
    signed_in_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_session"


class Denial(models.Model):
    """Refusals of one account at one route that its last audit entry does not count yet."""

    actor_id = models.TextField()
    actor_label = models.TextField()
    address = models.TextField(blank=True, default="")
    action = models.TextField()
    route = models.TextField()
    count = models.IntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "access_denial"
        constraints = [
            models.UniqueConstraint(fields=["actor_id", "action", "route"], name="access_denial_once")
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.route}"


class Throttle(models.Model):
    """A counter of tries for one key (account and source, phone, address, everything) with its lock.

    Keys are keyed hashes: neither phones nor addresses stand in them."""

    key = models.TextField(primary_key=True)
    count = models.IntegerField(default=0)
    window_started_at = models.DateTimeField()
    locked_until_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_throttle"

    def __str__(self) -> str:
        return self.key


class Tried(models.Model):
    """A number or name that an account tried on a day where the answer tells known from unknown: as keyed hashes, with
    that of how it shows masked. `is_single`: typed by itself, not a row of a file."""

    id = models.BigAutoField(primary_key=True)
    actor_id = models.TextField()
    on = models.DateField()
    value = models.BinaryField()
    mask = models.BinaryField()
    is_single = models.BooleanField()

    class Meta:
        db_table = "access_tried"
        constraints = [models.UniqueConstraint(fields=["actor_id", "on", "value"], name="access_tried_once")]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.on}"
