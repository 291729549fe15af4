"""examples/sync.py while both sides change and it is killed: BASE and KEY are a server and an API key, KILLS how often.

Each row is changed by one side only, so the last values of all rows are known.
"""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from tenantry_client import Tenantry

SOURCES, KILLS = os.environ["SOURCES"], int(os.environ["KILLS"])
folder = tempfile.TemporaryDirectory()
environment = {**os.environ, "TENANTRY_URL": os.environ["BASE"], "TENANTRY_KEY": os.environ["KEY"],
               "CUSTOMERS": f"{folder.name}/customers", "STATE": f"{folder.name}/state"}
companies = Tenantry(os.environ["BASE"], token=os.environ["KEY"]).rows("companies")
expected = {}  # the city of each name that exists
seed = random.randrange(2**32)
chance = random.Random(seed)


def sync(*arguments):
    return subprocess.Popen([sys.executable, f"{SOURCES}/examples/sync.py", *arguments], env=environment)


def sync_once():
    assert sync("--once").wait(120) == 0


sync_once()
erp = sqlite3.connect(environment["CUSTOMERS"], isolation_level=None, timeout=60, check_same_thread=False)


class Erp:
    def create(self, n):
        erp.execute("INSERT INTO customers VALUES (?, ?, ?)", (f"E{n}", f"erp {n}", "0"))
        return f"erp {n}"

    def change(self, name, city):
        erp.execute("UPDATE customers SET city = ? WHERE name = ?", (city, name))

    def delete(self, name):
        erp.execute("DELETE FROM customers WHERE name = ?", (name,))


class Crm:
    def __init__(self):
        self.ids = {}

    def create(self, n):
        self.ids[f"crm {n}"] = companies.create({"name": f"crm {n}", "city": "0"})["id"]
        return f"crm {n}"

    def change(self, name, city):
        companies.update(self.ids[name], {"city": city})

    def delete(self, name):
        companies.delete(self.ids[name])


sides = {"erp": Erp(), "crm": Crm()}
made = 0


def change_something():
    global made
    side = chance.choice(["erp", "crm"])
    own = [name for name in expected if name.startswith(side)]
    what = chance.random()
    if what < 0.3 or not own:
        made += 1
        expected[sides[side].create(made)] = "0"
    elif what < 0.9:
        name = chance.choice(own)
        city = str(int(expected[name]) + 1)
        sides[side].change(name, city)
        expected[name] = city
    else:
        name = chance.choice(own)
        sides[side].delete(name)
        del expected[name]


for _ in range(60):
    change_something()
ended = threading.Event()


def change_on():
    while not ended.wait(0.02):
        change_something()


writer = threading.Thread(target=change_on)
writer.start()
for _ in range(KILLS):
    running = sync()
    time.sleep(0.3 + 1.2 * chance.random())
    assert running.poll() is None, f"it ended with {running.returncode}"
    running.send_signal(signal.SIGKILL)
    running.wait()
ended.set()
writer.join()

end = time.monotonic() + 60
while True:
    sync_once()
    there = {id: (name, city) for id, name, city in erp.execute("SELECT id, name, city FROM customers")}
    here = [(row["external_ids"]["erp"], row["name"], row["city"]) for row in companies.all(embed=["external_ids"]) if row.get("external_ids")]
    nobody = [row["name"] for row in companies.all(external_ids={"erp": None})]
    differences = sorted({ids[0] for ids, _, _ in here} ^ set(there)) + nobody
    differences += [name for ids, name, city in here if len(ids) != 1 or there.get(ids[0]) != (name, city)]
    differences += sorted({(name, city) for _, name, city in here} ^ set(expected.items()))
    if len(here) == len(expected) and not differences:
        break
    assert time.monotonic() < end, f"seed {seed}: {len(here)} and {len(there)} of {len(expected)} rows; {differences[:10]}"
print(f"{KILLS} kills, {made} rows made, {len(expected)} left, {len(differences)} differences")
