"""Venues 场所: where people check in 打卡, and how many came.

Owns: venues with their managers, kinds, checkpoints and venue codes, check-ins with their day partitions, the flow.
Does not own: how a check-in is taken in over the network (`ingest`), who a person is (`people`), facts of health.
Public: `recording` (for the lane), `queries`, `services`, `rules`.
"""
