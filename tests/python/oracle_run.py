"""Runs events against a handler under coverage.py itself, in three processes, and prints its combined JSON.

Usage: oracle_run.py <app folder> <module.function> <0|1: branches>, events as a JSON list on stdin.
"""

import json
import os
import subprocess
import sys
import tempfile

app, handler, branches = sys.argv[1], sys.argv[2], sys.argv[3] == "1"
module, function = handler.rsplit(".", 1)

PROCESSES = 3
ONE = """
import importlib, json, sys
import coverage
app, module, function, branches, data_file, events = sys.argv[1:]
sys.path.insert(0, app)
cov = coverage.Coverage(data_file=data_file, branch=branches == "1", include=[app + "/*"], config_file=False)
cov.start()
for event in json.loads(events):
    try:
        getattr(importlib.import_module(module), function)(event, None)
    except Exception:
        pass
cov.stop()
cov.save()
"""

with tempfile.TemporaryDirectory() as folder:
    files = []
    events = json.load(sys.stdin)
    for number in range(PROCESSES):
        files.append(os.path.join(folder, f"data.{number}"))
        args = [app, module, function, sys.argv[3], files[-1], json.dumps(events[number::PROCESSES])]
        subprocess.run([sys.executable, "-c", ONE, *args], check=True, stdout=subprocess.DEVNULL)
    import coverage

    cov = coverage.Coverage(data_file=os.path.join(folder, "combined"), branch=branches, config_file=False)
    cov.combine(files)
    cov.save()
    report = {}
    for name in cov.get_data().measured_files():
        if name.startswith(app + os.sep):
            analysis = cov._analyze(name)
            report[os.path.relpath(name, app)] = {
                "executedLines": sorted(analysis.statements - analysis.missing),
                "missingLines": sorted(analysis.missing),
                "excludedLines": sorted(analysis.excluded),
                "executedBranches": sorted([a, b] for a, bs in analysis.executed_branch_arcs().items() for b in bs),
                "missingBranches": sorted([a, b] for a, bs in analysis.missing_branch_arcs().items() for b in bs),
            }
    print(json.dumps({"version": coverage.__version__, "files": report}))
