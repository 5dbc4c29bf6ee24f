"""Who may come in and how far they reach: accounts, sign-in, roles, grants, API tokens.

Owns: `User`, `Grant`, `ApiToken`, `Passcode`, `Throttle`. Public: `rules.PERMISSIONS`,
`doors.door` for pages, `queries.actor_of`, `services` for accounts, grants and tokens.
"""
