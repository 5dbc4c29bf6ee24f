"""The problems of devices and their entries. Those of entries have no fields: what was typed is personal."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

CODE_UNKNOWN = Problem(
    "desks.code_unknown",
    422,
    _("This pairing code is mistyped, used or expired. Ask for a new one on the page of the place."),
)
BAD_KEY = Problem("desks.bad_key", 422, _("The device sent no usable key. Open the app anew and try again."))
BAD_NAME = Problem("desks.bad_name", 422, _("Give the device a name of at most {most} characters."))
TOO_MANY = Problem("desks.too_many", 429, _("Too many calls. Try again in some minutes; nothing is lost."))
TOO_LARGE = Problem("desks.too_large", 413, _("The call is too large. Send fewer entries at once."))
UNKNOWN_DEVICE = Problem(
    "desks.unknown_device", 401, _("This device is not enrolled here. Pair it with a new code.")
)
BAD_SIGNATURE = Problem(
    "desks.bad_signature", 401, _("The signature is not that of this device. Pair it anew.")
)
REVOKED = Problem(
    "desks.revoked", 401, _("This device was stopped by the place. What it states no longer counts.")
)
PLACE_GONE = Problem("desks.place_gone", 401, _("The place of this device is closed."))

UNREADABLE = Problem("desks.unreadable", 422, _("The entry cannot be read. Update the app."))
BROKEN_SEAL = Problem("desks.broken_seal", 422, _("The entry was sealed for another, or was damaged."))
TIME_AHEAD = Problem("desks.time_ahead", 422, _("The entry lies ahead of now. Set the clock of the device."))
TIME_PAST = Problem("desks.time_past", 422, _("The entry is more than 30 days old and is not recorded."))
UNKNOWN_MEMBER = Problem("desks.unknown_member", 422, _("Nobody of this place made this entry."))
CONFLICT = Problem(
    "desks.conflict", 409, _("An entry of this number says something else; the first one counts.")
)
UNWRITABLE = Problem("desks.unwritable", 422, _("The entry cannot be recorded as it is. Enter it by hand."))

MEMBER_ENDED = Problem(
    "desks.member_ended", 200, _("Made by somebody who had left the place by then. It counts.")
)
CLOCK_UNKNOWN = Problem(
    "desks.clock_unknown", 200, _("The device had never compared its clock. It counts by that clock.")
)
LATE = Problem("desks.late", 200, _("Sent after the device was stopped, made before. It counts."))

PIN_DIGITS = Problem("desks.pin_digits", 422, _("A PIN has six digits."))
PIN_EASY = Problem("desks.pin_easy", 422, _("This PIN is too easy to guess: take six digits in no order."))
REASON_MISSING = Problem("desks.reason_missing", 422, _("Say why the entry is dismissed."))
SETTLED = Problem("desks.settled", 409, _("Somebody has settled this entry already."))
NOT_BUILT = Problem("desks.not_built", 503, _("The gate app is not built here. Run make setup."))
