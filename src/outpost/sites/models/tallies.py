"""What is counted of each employer's people, and whose address is to be cleared up: kept true by `services.tallies`."""

from datetime import date, timedelta

from django.db import models


class EmployerTally(models.Model):
    """What stands under an employer: registered, who of those ever entered, who is on site, and of how many it was
    reported on `day` and on the day after how they are: of those on site, and of those registered who are more than a
    number (`told`). `addresses`: of those registered whose address waits to be cleared up. None before anybody was
    registered.

    The day after, because what is stated a few minutes ahead of midnight may lie behind it.
    """

    employer = models.OneToOneField(
        "sites.Employer", on_delete=models.PROTECT, primary_key=True, related_name="tally"
    )
    contract = models.ForeignKey("sites.Contract", on_delete=models.PROTECT, related_name="+")
    registered = models.IntegerField()
    entered = models.IntegerField()
    on_site = models.IntegerField()
    addresses = models.IntegerField(default=0, db_default=0)
    day = models.DateField()
    reported = models.IntegerField()
    reported_next = models.IntegerField()
    told = models.IntegerField()
    told_next = models.IntegerField()

    class Meta:
        db_table = "sites_employertally"

    def __str__(self) -> str:
        return str(self.employer_id)

    def of_day(self, on: date) -> tuple[int, int]:
        """Of how many of those on site, and of those registered, it was reported that day; it lies on or after the day
        of the row."""
        if on == self.day:
            return self.reported, self.told
        return (self.reported_next, self.told_next) if on == self.day + timedelta(days=1) else (0, 0)


class AddressTask(models.Model):
    """住址待核实: a registration whose address differs from the declared home, and of which nobody said why. It says
    nothing of either address, and no key binds it to the registration: whoever writes here waits for no row."""

    registration_id = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "sites_addresstask"

    def __str__(self) -> str:
        return str(self.registration_id)
