"""The made-up district: a realistic 南沙区 for trying things out, the same from the same seed.

Everything goes in through the same files and services as real data. Nobody in it exists: the county code of the
document numbers is not assigned, the phones are of blocks that are not given out.
"""
