"""Reads a statement as many nodes would have to run it, and says what does not hold there.

The tables that grow lie on many nodes, each by one column; small ones are copied to every node; temporary and staged
ones lie where the session is. A query over one grown table holds, and so do two that meet on their columns; whatever
would need rows of one node for each row of another, or of the session, does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import sqlglot
from sqlglot import exp

COPIED, HERE = "copied", "here"
PLACES: Mapping[str, str] = {
    "health_testrecord": "record_id",
    "health_vaccination": "record_id",
    "health_latestsamples": "person_id",
    "health_declaration": "record_id",
    "health_dailyreport": "person_id",
    "health_disposition": "person_id",
    "health_passfacts": "person_id",
    "people_person": "person_id",
    "sentinel_staffmember": "person_id",
    "sentinel_stafflatest": "person_id",
    "sentinel_staffaway": "person_id",
    "sentinel_matchfinding": "person_id",
    "venues_checkin": "venue_id",
    "venues_flow": "venue_id",
    "venues_memberflow": "venue_id",
    "venues_checkinid": "id",
    "venues_conflict": "id",
    "venues_gateentry": "venue_id",
    "desks_entry": "id",
    "exchange_exportedperson": HERE,
    "people_tokenend": COPIED,
    "people_documentlink": COPIED,
    "venues_kind": COPIED,
    "venues_venue": COPIED,
    "venues_checkpoint": COPIED,
    "venues_venuecode": COPIED,
    "sites_registration": COPIED,
    "sites_familymember": COPIED,
    "sites_project": COPIED,
    "sites_contract": COPIED,
    "sites_employer": COPIED,
    "sites_employertally": COPIED,
    "sites_addresstask": COPIED,
    "sites_stay": COPIED,
    "sites_passage": COPIED,
    "sites_gatepass": COPIED,
    "sites_siteuser": COPIED,
    "sites_exception": COPIED,
    "sites_placerule": COPIED,
    "sites_arrival": COPIED,
    "sites_arrivalfeed": COPIED,
    "sites_arrivalrun": COPIED,
    "sites_groupmember": COPIED,
    "sites_hospital": COPIED,
    "sites_supplyitem": COPIED,
    "sites_supplymovement": COPIED,
    "sites_checklist": COPIED,
    "health_objection": COPIED,
    "health_dispositionproposal": COPIED,
    "health_passruleset": COPIED,
    "health_liftingruleset": COPIED,
    "health_orderterm": COPIED,
    "health_riskarea": COPIED,
    "health_question": COPIED,
    "health_exposure": COPIED,
    "venues_handover": COPIED,
    "venues_member": COPIED,
    "venues_abnormal": COPIED,
    "venues_joincode": COPIED,
    "health_product": COPIED,
    "regions_region": COPIED,
    "regions_organization": COPIED,
    "regions_department": COPIED,
    "sentinel_jobrule": COPIED,
    "sentinel_category": COPIED,
    "sentinel_enrolment": COPIED,
    "sentinel_matchrun": COPIED,
    "sentinel_stafftally": COPIED,
    "tracing_case": HERE,
    "desks_device": HERE,
    "desks_pairingcode": HERE,
    "desks_pin": HERE,
    "people_realname": HERE,
    "people_claim": HERE,
    "people_stateddocument": HERE,
    "people_dependant": HERE,
    "audit_rowversion": HERE,
    "sentinel_dutyspell": HERE,
}
"""Where each table lies: the column by which it is spread, copied to all nodes, or here, beside the session."""
GROWN = {table: place for table, place in PLACES.items() if place not in (COPIED, HERE)}

Column = tuple[int, str]
"""A column by the number of its source and its name."""
_Query = exp.Select | exp.SetOperation | exp.Update | exp.Delete


@dataclass
class Source:
    """What a query reads under one name. `keys`: the columns by which it is spread; None: it is not."""

    name: str
    number: int
    keys: frozenset[str] | None = None


@dataclass
class Scope:
    """The sources of one query, and of those around it."""

    around: "Scope | None" = None
    sources: dict[str, Source] = field(default_factory=dict)
    ctes: dict[str, frozenset[str] | None] = field(default_factory=dict)
    equal: list[set[Column]] = field(default_factory=list)
    reaches_out: bool = False

    def chain(self) -> Iterator["Scope"]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.around

    def spread(self) -> list[Source]:
        """The sources that lie on many nodes."""
        return [one for one in self.sources.values() if one.keys is not None]

    def find(self, column: exp.Column) -> Column | None:
        """The column, wherever around it stands; one without a table belongs to the only source."""
        for scope in self.chain():
            if column.table in scope.sources:
                self._note_reach(scope)
                return scope.sources[column.table].number, column.name
            if not column.table and len(scope.sources) == 1:
                return next(iter(scope.sources.values())).number, column.name
        return None

    def _note_reach(self, found: "Scope") -> None:
        for scope in self.chain():
            if scope is found:
                return
            scope.reaches_out = True

    def equate(self, columns: set[Column]) -> None:
        """Note that these are equal, and what is equal to any of them."""
        met = [one for one in self.equal if one & columns]
        self.equal = [one for one in self.equal if not one & columns] + [columns.union(*met)]

    def meet(self, sources: Sequence[Source]) -> bool:
        """Whether sources are joined on the columns by which they are spread."""
        classes = (
            self.equal
            if len(sources) > 1
            else [{(one.number, key) for one in sources for key in one.keys or ()}]
        )
        return any(
            all(any((one.number, key) in same for key in one.keys or ()) for one in sources)
            for same in classes
        )


class Reader:
    """Reads one statement; `faults` is what does not hold."""

    def __init__(self, statement: str) -> None:
        self.faults: list[str] = []
        self._numbers = count()
        plain = statement.replace("%%", "%").replace(" ON COMMIT DROP", "")
        self.tree = sqlglot.parse_one(plain, dialect="postgres")
        if isinstance(self.tree, exp.Command) and self.tree.name.upper() != "LOCK":
            raise ValueError(f"this statement cannot be read: {statement[:200]}")
        for table in self.tree.find_all(exp.Table):
            if table.db == "pg_temp":
                self.faults.append(f"pg_temp.{table.name} is named with its schema")
        query = self.tree.expression if isinstance(self.tree, exp.Insert | exp.Create) else self.tree
        if isinstance(query, exp.Subquery):
            query = query.this
        if isinstance(query, _Query):
            self._inner(query, None)

    @property
    def tables(self) -> set[str]:
        """The names of all tables."""
        return {table.name for table in self.tree.find_all(exp.Table)}

    @property
    def counts_conflicts(self) -> bool:
        """Whether the number of rows that it touches would be another on many nodes."""
        target = self.tree.this.find(exp.Table) if isinstance(self.tree, exp.Insert) else None
        return target is not None and target.name in GROWN and bool(self.tree.args.get("conflict"))

    def _query(self, query: exp.Expr, scope: Scope) -> frozenset[str] | None:
        """Read a query; the columns by which its rows are spread, None where they are gathered."""
        if isinstance(query, exp.SetOperation):
            sides = [self._inner(side.unnest(), scope.around) for side in (query.left, query.right)]
            spread = [one for one in sides if one is not None]
            return frozenset.intersection(*spread) if len(spread) == len(sides) else None
        for cte in _ctes(query):
            scope.ctes[cte.alias] = self._inner(cte.this, None)
        joins = list(_joins(query))
        for source, _condition in joins:
            self._add(source, scope)
        for condition in [*(condition for _source, condition in joins), query.args.get("where")]:
            _note_equals(condition, scope)
        for node in [
            *(source.this.unnest() for source, _ in joins if isinstance(source, exp.Lateral)),
            *_own(query),
        ]:
            if isinstance(node, exp.Column):
                scope.find(node)
            elif isinstance(node, exp.Select | exp.SetOperation):
                self._inner(node, scope)
        found = scope.spread()
        if len(found) > 1 and not scope.meet(found):
            self.faults.append(f"{_names(found)} do not meet on the columns by which they are spread")
        return _spread_by(query, scope, found)

    def _add(self, source: exp.Expr, scope: Scope) -> None:
        keys: frozenset[str] | None = None
        if isinstance(source, exp.Table):
            known = [one.ctes[source.name] for one in scope.chain() if source.name in one.ctes]
            keys = known[0] if known else frozenset({GROWN[source.name]}) if source.name in GROWN else None
        elif isinstance(source, exp.Subquery):
            keys = self._inner(source.this, scope.around)
        name = source.alias_or_name
        scope.sources[name] = Source(name, next(self._numbers), keys)

    def _inner(self, query: exp.Expr, around: Scope | None) -> frozenset[str] | None:
        """Read a query that may reach for what stands around it: in an expression, LATERAL, or below one."""
        inner = Scope(around)
        around_it = list(inner.chain())[1:]
        inner.equal = [set(same) for one in around_it for same in one.equal]
        keys = self._query(query, inner)
        own = inner.spread()
        if own and inner.reaches_out:
            outer = [one for scope in around_it for one in scope.spread()]
            if not outer:
                self.faults.append(f"{_names(own)} is asked for each row of what lies here")
            elif not any(inner.meet([*own, one]) for one in outer):
                self.faults.append(
                    f"{_names(own)} is asked for each row of {_names(outer)}, not on their columns"
                )
        return keys


def _note_equals(condition: object, scope: Scope) -> None:
    """Note which columns a condition makes equal; a list is that of USING."""
    if isinstance(condition, list):
        for column in condition:
            scope.equate({(one.number, column.name) for one in scope.sources.values()})
    elif isinstance(condition, exp.Where | exp.Paren):
        _note_equals(condition.this, scope)
    elif isinstance(condition, exp.And):
        for part in condition.flatten():
            _note_equals(part, scope)
    elif isinstance(condition, exp.EQ):
        sides = (condition.left.unnest(), condition.right.unnest())
        both = {scope.find(side) for side in sides if isinstance(side, exp.Column)}
        scope.equate({one for one in both if one is not None})


def _ctes(query: exp.Expr) -> list[exp.Expr]:
    named = query.args.get("with_")
    return list(named.expressions) if named is not None else []


def _joins(query: exp.Expr) -> Iterator[tuple[exp.Expr, object]]:
    """What a query reads, each with its condition (or the columns of USING)."""
    if isinstance(query, exp.Update | exp.Delete):
        yield query.this, None
    beginning = query.args.get("from_") or query.args.get("from")
    if beginning is not None:
        yield beginning.this, None
        yield from _joined(beginning.this)
    for used in query.args.get("using") or []:
        yield used, None
        yield from _joined(used)
    yield from _joined(query)


def _joined(of: exp.Expr) -> Iterator[tuple[exp.Expr, object]]:
    for join in of.args.get("joins") or []:
        yield join.this, join.args.get("on") or join.args.get("using")
        yield from _joined(join.this)


def _own(query: exp.Expr) -> Iterator[exp.Expr]:
    """What stands in the expressions of a query itself; the queries inside them, but nothing of these."""
    read = {id(source) for source, _condition in _joins(query)} | {id(cte) for cte in _ctes(query)}

    def is_other(node: exp.Expr) -> bool:
        return node is not query and (id(node) in read or isinstance(node, exp.Select | exp.SetOperation))

    for node in query.walk(prune=is_other):
        if node is not query and id(node) not in read:
            yield node


def _spread_by(query: exp.Expr, scope: Scope, spread: Sequence[Source]) -> frozenset[str] | None:
    """The columns of the result by which it is spread; None where its rows are gathered or none are spread."""
    if not spread or not isinstance(query, exp.Select):
        return None
    keys = {(one.number, key) for one in spread for key in one.keys or ()}
    keys |= {column for same in scope.equal if same & keys for column in same}
    given = {
        item.alias_or_name
        for item in query.expressions
        if isinstance(item.unalias(), exp.Column) and scope.find(item.unalias()) in keys
    }
    group = query.args.get("group")
    if group is not None:
        by = {scope.find(one) for one in group.expressions if isinstance(one, exp.Column)}
        return frozenset(given) if by & keys else None
    is_gathered = any(query.args.get(part) for part in ("limit", "offset")) or _is_aggregate(query)
    if is_gathered or (query.args.get("distinct") and not given):
        return None
    return frozenset(given)


def _is_aggregate(query: exp.Select) -> bool:
    return any(
        item.find(exp.AggFunc) is not None and item.find(exp.Window) is None and item.find(exp.Query) is None
        for item in query.expressions
    )


def _names(sources: Sequence[Source]) -> str:
    return " and ".join(sorted({one.name for one in sources}))
