"""What the tests of all modules share: the database, the key ring and the cast."""
