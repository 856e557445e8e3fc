"""The agent: lives in someone else's process. Standard library and coverage.py's C tracer only.

Modules that `bootstrap` needs at cold start import nothing that the runtime client has not loaded already;
whatever is needed only after a response (ssl, hashlib, coverage.py's parser) is imported there.
"""
