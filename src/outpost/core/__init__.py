"""What has no domain: actor, clock, errors, ids, crypto, masking, sheets, database helpers.

Owns no table. Everybody may import it, it imports nobody.
"""
