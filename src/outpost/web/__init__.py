"""The shell of the pages: layout, navigation, list and form components, error pages, headers.

Owns: base templates, static files, `Listing`, the navigation table, the home page of each role.
Does not own: any table or rule. Pages of a domain live in its own module and use these parts.
"""
