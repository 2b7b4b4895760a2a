"""The Prefect server on loopback that a flow runs on, with a guard before it.

Not used are Prefect's own ``prefect server start --background`` and ``stop``, and the ephemeral server that
Prefect starts in the first call of a flow. Tried with Prefect 3.8, they lack what this package is for:

- *A guard.* The command they start is fixed (``uvicorn … prefect.server.api.server:create_app``), so that
  nothing can be put before it. Prefect checks its key, but where the key is right it also answers a web page
  from elsewhere, and a name that was made to lead to this machine.
- *A server that stays.* The output of a background server goes to a pipe of the command that started it.
  Once that command has ended, the first line the server logs ends the server (``EPIPE``); no log says why.
- *A start that is known to have worked.* The command ends before the server answers (after 2 of 14 s), and
  with the same words and exit code where the server then fails to start.
- *One process for one number.* A killed server leaves ``server.pid`` behind, and the next start is refused
  until somebody calls ``stop``; ``stop`` ends whatever process has that number by then.
- *A server that ends with its run.* Neither of them ends with a run that is killed; and the ephemeral one is
  started only once Prefect and all the run needs were imported, not meanwhile.

What they do well is done in the same way: loopback only, the port that is asked for, the database in
``PREFECT_HOME``, one background server at a time.
"""
