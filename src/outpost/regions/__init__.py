"""Places and bodies: the tree of administrative divisions, departments, organisations.

Owns: `Region`, `Department`, `Organization`. Does not own: what an organisation does in an
instrument (sentinel enrolment, venue, site). Public: `services`, `queries`, `rules`.
"""
