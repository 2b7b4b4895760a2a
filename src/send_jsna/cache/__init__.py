"""What a step is made of, and what it made: the same is not made twice.

A step (one data set validated, one notebook executed, one chapter rendered) has a key: a hash for each thing
it reads, of its content and never of its time. Under that key the store has the files the step wrote. A step
whose key is stored is not run: its files are copied, each checked by its hash.

The store is private to its user. It never has what a run withholds from its report.
"""

from send_jsna.cache.code import all_modules, code_of
from send_jsna.cache.key import Key, files_of, hash_of, hash_of_frame
from send_jsna.cache.store import Entry, Made, Store, made_once

__all__ = [
    "Entry",
    "Key",
    "Made",
    "Store",
    "all_modules",
    "code_of",
    "files_of",
    "hash_of",
    "hash_of_frame",
    "made_once",
]
