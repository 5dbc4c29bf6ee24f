"""Facts about health: tests and vaccinations, as told by their sources.

Owns: `TestRecord`, `LatestSamples`, `Vaccination`, `Product`. Does not own: who must be tested
(sentinel). Public: `services.record_tests`, `services.record_vaccinations`, `queries`, `rules`.
"""
