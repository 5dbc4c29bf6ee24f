"""B13: the lists of construction sites over many people: time in the server, statements a page.

1,000 contracts and 500,000 people (small: 50 and 25,000), all declared and tested, two thirds on site, some held,
some with a family; filled by COPY. The goals are those of B7; there is no peer.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from benchmarks import pages
from benchmarks.harness import Result, timed
from outpost.access.models import User
from outpost.access.scopes import Scope
from outpost.access.services import create_officer, grant_role
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.core.rights import Role
from outpost.core.sealed_text import seal_search
from outpost.core.stated import Stated
from outpost.people.rules import Document, DocumentType, check_character
from outpost.people.seals import person_row
from outpost.people.stated import seal_stated
from outpost.regions.rules import REGION
from outpost.regions.services import load_divisions
from outpost.sites.models import SEALED_AS, PlaceRuleRow, registration_context
from outpost.sites.models.families import FAMILY_SEALED_AS, family_context
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services import tallies

CONTRACTS = {False: 50, True: 1_000}
EACH, EMPLOYERS = 500, 5
TOWNS = ("440115001", "440115100", "440115101")
SURNAMES, PLACES = "赵钱孙李周吴郑王冯陈", ("湖南省长沙市", "贵州省遵义市", "广东省清远市", "湖北省荆州市")
ACTOR = Actor.system("bench")

_SEALS = ("sealed", "name_hash", "surname_hash", "phone_hash", "content_hash")
_BY = "get_byte(uuid_send(person_id), {})"
_FACTS = (
    # declared two days ago, one in five travelled; negative yesterday; a report today of all but every fourth
    f"""INSERT INTO health_declaration (source, record_id, id, person_id, declared_at, received_at, destination,
         departure, travel_mode, vehicle, stopovers, travelled_on, is_withdrawn, name_hash)
       SELECT 'own', person_id::text, person_id, person_id, now() - interval '2 days', now(), '', '湖南省长沙市',
         '', '', '', CASE WHEN {_BY.format(15)} % 5 = 0 THEN current_date - 4 END, false, name_hash
       FROM sites_registration""",
    """INSERT INTO health_testrecord (source, record_id, person_id, sampled_at, result, laboratory, sampling_point,
         tube, received_at, is_withdrawn)
       SELECT 'lab', person_id::text, person_id, now() - interval '1 day', 'negative', '', '', '', now(), false
       FROM sites_registration""",
    f"""INSERT INTO health_dailyreport (person_id, reported_at, day, temperature, symptoms, source, reported_by,
         received_at, method, is_contradictory)
       SELECT person_id, now(), (now() AT TIME ZONE 'Asia/Shanghai')::date, 36.5, '{{}}', 'site', 'bench', now(), '',
         false
       FROM sites_registration WHERE {_BY.format(14)} % 4 > 0""",
    f"""INSERT INTO health_passfacts (person_id, negative_at, declared_at, has_symptoms, was_in_risk_area, disposition,
         disposed_at)
       SELECT person_id, now() - interval '1 day', now() - interval '2 days', false, false,
         CASE WHEN is_held THEN 'isolation' END, CASE WHEN is_held THEN now() - interval '1 hour' END
       FROM (SELECT person_id, {_BY.format(14)} = 7 AND {_BY.format(13)} < 128 AS is_held
               FROM sites_registration) r""",
    # everybody once, a month ago; two in three are there now
    """INSERT INTO sites_stay (id, registration_id, contract_id, person_id, entered_at, left_at, checked, is_inferred,
         recorded_at)
       SELECT gen_random_uuid(), id, contract_id, person_id, now() - interval '30 days', now() - interval '29 days',
         'word', false, now() FROM sites_registration""",
    f"""INSERT INTO sites_stay (id, registration_id, contract_id, person_id, entered_at, checked, is_inferred,
         recorded_at)
       SELECT gen_random_uuid(), id, contract_id, person_id, now() - interval '1 day', 'document', false, now()
       FROM sites_registration WHERE {_BY.format(15)} % 3 > 0""",
)


def run(*, full: bool) -> Iterable[Result]:
    """Fill the tables, then open each page as its reader does."""
    load_divisions("440115", actor=ACTOR, at=clock.now())
    contracts = list(_contracts(CONTRACTS[full]))
    timed("people", lambda: _people(contracts))
    timed("facts and stays", _facts)
    people = EACH * len(contracts)
    for reader, asked in _readers(contracts).items():
        client = pages.signed_in(reader)
        for name, address in asked.items():
            yield from pages.page("B13", f"{reader.display_name}: {name}", client, address, people)


def _readers(contracts: Sequence[tuple[UUID, list[UUID]]]) -> dict[User, dict[str, str]]:
    """Who reads which pages: name → address."""
    at = clock.now()
    command, _ = create_officer("command", "command", actor=ACTOR, at=at)
    grant_role(command.id, Role.COMMAND, Scope(REGION, "440115"), actor=ACTOR, at=at)
    contract, employers = contracts[len(contracts) // 2]
    lead, _ = create_officer("lead", "lead", actor=ACTOR, at=at)
    grant_role(lead.id, Role.SITE_LEAD, Scope(CONTRACT, str(contract)), actor=ACTOR, at=at)

    def searched(text: str) -> str:
        return seal_search(text, reader=f"user:{command.id}", on=clock.local_day(at))

    people = reverse("sites:registrations", args=[contract])
    person = reverse("sites:person", args=[_first_inside(contract)])
    filters = {
        **{f"people {one}": f"{people}?presence={one}" for one in ("inside", "left", "never", "entered")},
        "people of a roll": f"{people}?roll=worker",
        "people of an employer": f"{people}?employer={employers[0]}",
        "people of a surname": f"{people}?name={searched('赵')}",
        "people by number": f"{people}?document={searched(_number(EACH * (len(contracts) // 2)))}",
        "people not reported": f"{people}?presence=inside&wellness=missing",
        "people reported well": f"{people}?wellness=normal",
        "people without a test": f"{people}?pass_reason=no_negative",
        "people by trade": f"{people}?sort=-trade&page=3",
    }
    supervision = reverse("sites:supervision")
    return {
        command: {
            "supervision": supervision,
            "supervision, second page of 100": f"{supervision}?size=100&page=2",
            "supervision of a town": f"{supervision}?town={TOWNS[0]}",
            "supervision of a station": f"{supervision}?station=第1监督站",
            "supervision by project": f"{supervision}?project=住宅小区7",
            "to leave": reverse("sites:to_leave"),
            "contract": reverse("sites:contract", args=[contract]),
            "people": people,
            "people, second page of 100": f"{people}?size=100&page=2",
            **filters,
            "person": person,
            "family of a contract": reverse("sites:contract_family", args=[contract]),
            "prevention files": reverse("sites:prevention_files"),
            "map": reverse("sites:map"),
        },
        lead: {"people": people, "person": person, "to leave": reverse("sites:to_leave")},
    }


def _first_inside(contract: UUID) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT registration_id FROM sites_stay WHERE contract_id = %s AND left_at IS NULL LIMIT 1",
            [contract],
        )
        (found,) = cursor.fetchall()[0]
    return UUID(str(found))


def _contracts(count: int) -> Iterator[tuple[UUID, list[UUID]]]:
    """Contracts with their employers, a project each."""
    at = clock.now()
    made = [(new_id(), new_id(), [new_id() for _ in range(EMPLOYERS)]) for _ in range(count)]
    stamps = {"created_at": at, "updated_at": at}
    _copy(
        "sites_project",
        (
            {"id": project, "filing_number": f"BJ{n:05}", "name": f"第{n}住宅小区{n % 10}", "address": ""}
            | {"region_id": TOWNS[n % len(TOWNS)], "station": f"第{n % 9}监督站", **stamps}
            for n, (project, _contract, _employers) in enumerate(made)
        ),
    )
    firm = {"general_contractor_kind": "本市企业", "supervision_company": "乙监理有限公司"}
    _copy(
        "sites_contract",
        (
            {"id": contract, "project_id": project, "number": f"HT{n:05}", **firm, **stamps}
            | {"general_contractor": f"第{n % 200}建设集团有限公司"}
            for n, (project, contract, _employers) in enumerate(made)
        ),
    )
    _copy(
        "sites_employer",
        (
            {"id": employer, "contract_id": contract, "name": f"劳务{n}有限公司", **stamps}
            for _project, contract, employers in made
            for n, employer in enumerate(employers)
        ),
    )
    PlaceRuleRow.objects.bulk_create(
        PlaceRuleRow(place=place, isolation_days=7, tests=1, begins_on=clock.local_day(at), added_at=at)
        for place in PLACES[:2]
    )
    yield from ((contract, employers) for _project, contract, employers in made)


def _people(contracts: Sequence[tuple[UUID, list[UUID]]]) -> None:
    """The register, and a child of every tenth, whose number nobody else has."""
    keys, at = ring(), clock.now()
    stamps = {"created_at": at, "updated_at": at}
    persons: list[dict[str, Any]] = []
    family: list[dict[str, Any]] = []

    def registered() -> Iterator[dict[str, Any]]:
        for n in range(EACH * len(contracts)):
            contract, employers = contracts[n // EACH]
            row = {"id": new_id(), "contract_id": contract, "employer_id": employers[n % EMPLOYERS]}
            who = _person(n, registration_context, contract, SEALED_AS)
            row |= {"roll": "management" if n % 10 == 0 else "worker", "departure": PLACES[n % len(PLACES)]}
            if n % 10 == 5:
                by = {"id": new_id(), "registration_id": row["id"], "relation": "child", **stamps}
                child = _person(n + 5_000_000, family_context, row["id"], FAMILY_SEALED_AS)
                family.append(by | child)
            yield row | {"trade": "钢筋工", **who, **stamps}

    def _person(n: int, context: Any, of: UUID, kind: str) -> dict[str, Any]:
        name, phone = f"{SURNAMES[n % 10]}工友", f"1{30 + n // 100_000_000:02}{n % 100_000_000:08}"
        person = person_row(keys, Document(DocumentType.RESIDENT_ID, _number(n)), name)
        persons.append(
            {"person_id": person.person_id, "doc_type": person.doc_type, "sealed": person.sealed}
            | {"name_hash": person.name_hash, "registered_at": at}
        )
        sealed = seal_stated(keys, context(of, person.person_id), Stated(name, phone), kind=kind)
        return {"person_id": person.person_id, **{one: getattr(sealed, one) for one in _SEALS}}

    rows = list(registered())
    _copy("people_person", iter(persons))
    _copy("sites_registration", iter(rows))
    _copy("sites_familymember", iter(family))


def _number(n: int) -> str:
    """A valid number of nobody: every day since 1930 has a thousand."""
    day = clock.day_start(clock.check_day(clock.EARLIEST)) + timedelta(days=11_000 + n // 1_000)
    first = f"440115{clock.local_day(day):%Y%m%d}{n % 1_000:03}"
    return first + check_character(first)


def _facts() -> None:
    with connection.cursor() as cursor:
        for statement in _FACTS:
            cursor.execute(statement)
    tallies.mend(at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(table: str, rows: Iterator[dict[str, Any]]) -> None:
    """COPY rows of one shape into a table."""
    first = next(rows)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write_row(list(first.values()))
        for row in rows:
            copy.write_row(list(row.values()))
