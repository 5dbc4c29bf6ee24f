"""The fast lane: takes in what strangers send by the million, and answers once it is on disk.

Owns: the application that listens, the queue, the writer. Does not own: the tables that it writes and their rules
(`venues.recording`, `venues.rules`); pages. Public: `app.Lane`.
"""
