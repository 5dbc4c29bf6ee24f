"""What each action of the record is called. The record keeps the code; only the auditor's page and its filter say it
in words."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: Mapping[str, Promise] = MappingProxyType(
    {
        "access.account_created": _("Account created"),
        "access.account_disabled": _("Account disabled"),
        "access.account_enabled": _("Account enabled again"),
        "access.contacts_changed": _("Contacts of an account changed"),
        "access.denied": _("Access refused"),
        "access.granted": _("Right given"),
        "access.locked": _("Sign-in locked"),
        "access.password_changed": _("Own password changed"),
        "access.password_reset": _("Password of another reset"),
        "access.principals_assigned": _("Principals put in charge"),
        "access.revoked": _("Right taken back"),
        "access.second_factor_enrolled": _("Second factor set up"),
        "access.second_factor_reset": _("Second factor of another reset"),
        "access.sessions_ended": _("Sessions ended"),
        "access.signed_in": _("Signed in to an account"),
        "access.signed_out": _("Signed out of an account"),
        "access.token_created": _("Access token made"),
        "access.token_revoked": _("Access token ended"),
        "audit.unusual_reading": _("Unusual reading noticed"),
        "audit.verified": _("Record checked"),
        "exchange.export_approved": _("Export approved by a second person"),
        "exchange.export_declined": _("Export declined by a second person"),
        "exchange.export_fetched": _("Export fetched"),
        "exchange.export_held": _("Export held for a second person"),
        "exchange.export_lapsed": _("Export lapsed without an answer"),
        "exchange.export_written": _("Export written"),
        "exchange.failures_fetched": _("File of faulty rows fetched"),
        "exchange.import_applied": _("Import taken over"),
        "exchange.import_undone": _("Import undone"),
        "health.product_changed": _("Vaccine product changed"),
        "health.tests_recorded": _("Test results recorded"),
        "health.vaccinations_recorded": _("Vaccinations recorded"),
        "notifications.channel_added": _("Channel added"),
        "notifications.channel_changed": _("Channel changed"),
        "notifications.channel_removed": _("Channel removed"),
        "notifications.channel_switched_off": _("Channel switched off"),
        "notifications.channel_switched_on": _("Channel switched on"),
        "notifications.channel_tested": _("Channel tried out"),
        "notifications.sent_again": _("Message sent again"),
        "operation.backed_up": _("Backup made"),
        "operation.backup_verified": _("Backup tried out"),
        "operation.job_retried": _("Job started again"),
        "operation.restored": _("Backup restored"),
        "people.looked": _("People looked up"),
        "people.own_staff_seen": _("Own staff seen in clear"),
        "people.revealed": _("Identity shown in clear"),
        "people.sealing_key_added": _("Sealing key added"),
        "people.sealing_rotated": _("Identities sealed anew"),
        "regions.aliases_set": _("Other names of a town set"),
        "regions.department_added": _("Department added"),
        "regions.divisions_loaded": _("Divisions loaded"),
        "regions.grid_added": _("Grid added"),
        "regions.grid_closed": _("Grid closed"),
        "regions.grid_renamed": _("Grid renamed"),
        "retention.purge_begun": _("Deletion of old records begun"),
        "retention.purged": _("Old records deleted"),
        "sentinel.alert_set": _("Alert set"),
        "sentinel.alerts_sent": _("Alerts sent"),
        "sentinel.category_retired": _("Category retired"),
        "sentinel.category_set": _("Category set"),
        "sentinel.command_group_set": _("Command group set"),
        "sentinel.duty_set": _("Duty of staff set"),
        "sentinel.field_removed": _("Extra field removed"),
        "sentinel.field_set": _("Extra field set"),
        "sentinel.followed_up": _("Follow-up noted"),
        "sentinel.match_run": _("Match run"),
        "sentinel.organization_entered": _("Organisation added"),
        "sentinel.organization_restated": _("Organisation edited"),
        "sentinel.organizations_removed": _("Organisations removed"),
        "sentinel.principal_revealed": _("Principal shown in clear"),
        "sentinel.principal_seen": _("Principal seen"),
        "sentinel.rule_changed": _("Rule changed"),
        "sentinel.staff_added": _("Staff member added"),
        "sentinel.staff_removed": _("Staff removed"),
        "sentinel.staff_restated": _("Staff member edited"),
    }
)


def words(action: str) -> str:
    """What an action is called; the code itself where it has no words (an entry of an older version)."""
    return str(ACTIONS.get(action, action))
