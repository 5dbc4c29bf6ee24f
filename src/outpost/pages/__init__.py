"""How every page is made: doors, lists, forms, components, base templates, style. Stands below every module that
draws pages.

Owns: what pages of all modules share. Does not own: the menu, guides and errors (`web`), any text or right of a
module. Public: `doors`, `listing`, the tags of `{% load pages %}`, `base.html`, `plain.html`, `components/`.
"""
