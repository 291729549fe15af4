#!/bin/bash
# forges.sh - the CI files of both forges are valid, run the same commands, and name scripts that exist
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

exec python3 - .github/workflows/test.yml .forgejo/workflows/test.yml <<'PYTHON'
import os, re, sys, yaml

def commands(path):
    steps = [step for job in yaml.safe_load(open(path))["jobs"].values() for step in job["steps"]]
    assert any("checkout@" in step.get("uses", "") for step in steps), f"{path}: no checkout"
    return [step["run"] for step in steps if "run" in step]

both = [commands(path) for path in sys.argv[1:]]
scripts = re.findall(r"\S*script/\S+", " ".join(both[0]))
assert both[0] == both[1], "the forges run different commands"
assert {"script/up", "script/test"} <= set(scripts), "README's commands do not run"
for script in scripts:
    assert os.access(script, os.X_OK), f"there is no {script}"
print("forges: all passed")
PYTHON
