"""The rules that need thought, as pure functions: no session, no clock, no Flask, no SQLAlchemy.

Time and facts come in as arguments; frozen values or a refusal come out. Every instant is aware and is
given back in UTC. Nothing of ours is imported but `inventory.errors` and the words of `models.vocabulary`.
docs/rules.md lists each rule with its source and where it lives.
"""
