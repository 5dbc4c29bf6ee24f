"""The commands of `outpost`, one file an area. `outpost.cli` lists them and imports a file when it is used.

A command is thin: it reads its arguments, calls one service and prints the answer.
`base.command` serves those that need no Django, `database.database_command` the others.
"""
