"""Scans and photos that people upload: known by content, opened in a child with limits, drawn anew, scanned.

Owns: what a paper may be and cost (`rules`), the check of a PDF (`pdf`), the redrawing of pictures (`pictures`), the
child in which both run (`child`, `cleaning`), the operator's scanner (`scanner`). Does not own: where papers lie, who
may fetch them.
"""
