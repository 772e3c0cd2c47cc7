"""Random centers, random events, and checks of every decision by rules written anew from the documents.

Nothing here shares code with the package: `law` says who may take a contact, `account` counts what was
sent, told and owed, `prices` says what a simple contract asks. `worlds` makes centers, `events` plays with a
router and has each answer checked by `checks`, `runs` plays many worlds and shortens what fails, `twins`
plays some again interpreted, and ``python -m fuzz`` watches all that from outside.
"""
