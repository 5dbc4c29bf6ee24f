"""哨点: the ledgers of staff in risk posts, the testing rules and the nightly match.

Owns: `Category`, `JobRule`, `CategoryField`, `Enrolment`, `StaffMember`, `DutySpell`, `MatchRun`, `MatchFinding`.
Does not own: the organisation itself (regions), identity (people), tests and doses (health).
Public: `services`, `queries`, `rules`.
"""
