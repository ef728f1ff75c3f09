"""Carries out query plans: fetches, merges entities, answers in the client's shape.

Functions are generated for every plan and kept with it: those of its `program` gather entities and merge answers, its
`projection` completes the answer. The `*_source` modules write them; only checked Names of a request become source.
"""
