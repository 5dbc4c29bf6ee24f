"""Facts about health, as told by their sources, and the pass that follows from them.

Owns: `TestRecord`, `LatestSamples`, `Vaccination`, `Product`, `Declaration` with its `Question`s, `DispositionRecord`,
`Exposure`, `PassFactsRow`. Does not own: who must be tested (sentinel), check-ins (venues). Public: `services`,
`queries`, `rules`, `passes`.
"""
