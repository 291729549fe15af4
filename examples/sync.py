"""sync.py [--once] - synchronizes the companies of Tenantry with the customers of another system, in both directions.

In this example, the other system is an SQLite file. Replace the class Customers with calls to your system. The ID of each customer
is an external ID ("erp") of its company, so a company is never created twice. The program can be killed at any time: it repeats
what it had not finished. If both sides have changed the same row, the other system wins. A deletion wins over a change.

TENANTRY_URL is the address of the server, TENANTRY_KEY is an API key, and CUSTOMERS and STATE are the paths of the two SQLite
files. The program needs tenantry_client.py.
"""
import json
import os
import sqlite3
import sys
import time

from tenantry_client import Refused, Tenantry

FIELDS = ("name", "city")
CLIENT = "erp-sync"

tenantry = Tenantry(os.environ["TENANTRY_URL"], token=os.environ["TENANTRY_KEY"], client=CLIENT)
companies = tenantry.rows("companies")


class Customers:
    """The other system. Each method is one call, which may be repeated."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, timeout=60)
        self.db.execute("CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, city TEXT)")

    def all(self):
        return {row[0]: pack(dict(zip(FIELDS, row[1:]))) for row in self.db.execute("SELECT id, name, city FROM customers")}

    def get(self, id):
        row = self.db.execute("SELECT name, city FROM customers WHERE id = ?", (id,)).fetchone()
        return row and pack(dict(zip(FIELDS, row)))

    def create(self, id, values):
        self.db.execute("INSERT INTO customers (id, name, city) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (id, *unpack(values)))

    def change(self, id, old, values):
        """Changes the customer unless it has changed in the meantime."""
        self.db.execute("UPDATE customers SET name = ?, city = ? WHERE id = ? AND name IS ? AND city IS ?",
                        (*unpack(values), id, *unpack(old)))

    def delete(self, id):
        self.db.execute("DELETE FROM customers WHERE id = ?", (id,))


class State:
    """The state of earlier runs. A row of synced contains the last values that both sides had ("" while a new customer is being
    sent), and the values that are being written to the other system. A customer with either of these values has not been changed in
    that system."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript("""
            CREATE TABLE IF NOT EXISTS position (seq INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS synced (id TEXT PRIMARY KEY, both TEXT, writing TEXT);
        """)

    def position(self):
        row = self.db.execute("SELECT seq FROM position").fetchone()
        return row and row[0]

    def move(self, seq):
        self.db.executescript(f"BEGIN; DELETE FROM position; INSERT INTO position VALUES ({int(seq)}); COMMIT;")

    def all(self):
        return {row[0]: row[1:] for row in self.db.execute("SELECT id, both, writing FROM synced")}

    def get(self, id):
        return self.db.execute("SELECT both, writing FROM synced WHERE id = ?", (id,)).fetchone() or (None, None)

    def writing(self, id, values):
        self.db.execute("INSERT INTO synced VALUES (?, NULL, ?) ON CONFLICT (id) DO UPDATE SET writing = excluded.writing", (id, values))

    def sending(self, ids):
        self.db.executemany("INSERT INTO synced VALUES (?, '', NULL) ON CONFLICT (id) DO UPDATE SET both = coalesce(both, '')",
                            [(id,) for id in ids])

    def done(self, id, values):
        self.db.execute("INSERT OR REPLACE INTO synced VALUES (?, ?, NULL)", (id, values))

    def forget(self, id):
        self.db.execute("DELETE FROM synced WHERE id = ?", (id,))


def pack(row):
    return json.dumps([row[field] for field in FIELDS])


def unpack(values):
    return json.loads(values)


def body(values):
    return dict(zip(FIELDS, unpack(values)))


def unless_gone(call, *arguments):
    """Returns False if the company no longer exists."""
    try:
        return call(*arguments)
    except Refused as refused:
        if refused.status != 404:
            raise
        return False


def ids_of(row):
    return (row.get("external_ids") or {}).get("erp", [])


def take_company(company):
    """Writes a company to the other system, unless the customer was changed there: send_customers() sends that change."""
    values = pack(company)
    # The ID of a new customer is derived from the company's ID, so a repeated call assigns the same ID.
    [id, *_] = ids_of(company) or [f"T{company['id']}"]
    if not ids_of(company) and not unless_gone(companies.update, company["id"], {"external_ids": {"erp": [id]}}):
        return
    there = customers.get(id)
    both, writing = state.get(id)
    if there is None and both is not None or there not in (None, both, writing, values):
        return
    state.writing(id, values)
    if there is None:
        customers.create(id, values)
    elif there != values:
        customers.change(id, there, values)
    if customers.get(id) == values:
        state.done(id, values)


def drop_customer(id):
    customers.delete(id)
    state.forget(id)


def take_all():
    """Reads all companies, on the first run and after a pause of more than a week."""
    seq = tenantry.changes_after()[1]
    left = state.all()
    for company in companies.all(embed=["external_ids"]):
        take_company(company)
        for id in ids_of(company):
            left.pop(id, None)
    for id, (both, _) in left.items():
        if both != "":  # "": the customer may not have been sent
            drop_customer(id)
    state.move(seq)


def take_changes():
    """Reads from the feed what others have changed in Tenantry."""
    seq, more = state.position(), True
    while more:
        if seq is None:
            return take_all()
        changes, seq, more = tenantry.changes_after(seq, resources=["companies"])
        if any(change.get("reset") for change in changes):
            return take_all()
        changed = {change["id"]: change for change in changes if change.get("client") != CLIENT}
        ids = list(changed)
        for start in range(0, len(ids), 100):
            for company in companies.list(filter={"id@in": ids[start:start + 100]}, range=(0, 99), embed=["external_ids"]):
                take_company(company)
                del changed[company["id"]]
        for change in changed.values():  # changes to rows that no longer exist
            for id in ids_of(change):
                if not companies.list(external_ids={"erp": id}):
                    drop_customer(id)
        state.move(seq)


def send_customers():
    """Sends what was changed in the other system."""
    here, synced = customers.all(), state.all()
    changed = [id for id, values in here.items() if values not in synced.get(id, (None, None))]
    rows = [{**body(here[id]), "external_ids": {"erp": [id]}} for id in changed]
    state.sending(changed)
    for id, result in zip(changed, companies.upsert("external_ids.erp", rows)):
        if result["outcome"] == "refused":
            print(f"customer {id}: {result['data']['detail']}", file=sys.stderr)
        else:
            state.done(id, here[id])
    for id, (both, _) in synced.items():
        if id not in here and both is not None:
            for company in companies.list(external_ids={"erp": id}):
                unless_gone(companies.delete, company["id"])
            state.forget(id)


customers = Customers(os.environ["CUSTOMERS"])
state = State(os.environ["STATE"])
while True:
    take_changes()
    send_customers()
    if sys.argv[1:] == ["--once"]:
        break
    time.sleep(1)
