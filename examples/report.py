"""report.py - writes the number and the amount of deals for each stage and month of creation to standard output, as CSV.

The server adds up the amounts, so the program reads only a few rows regardless of the number of deals. TENANTRY_URL is the address
of the server, and TENANTRY_KEY is an API key that may read deals. The program needs tenantry_client.py.
"""
import csv
import os
import sys

from tenantry_client import Tenantry

GROUPS = 500

tenantry = Tenantry(os.environ["TENANTRY_URL"], token=os.environ["TENANTRY_KEY"])
columns = ["stage", "created_at_month", "count", "sum_amount", "avg_amount"]
out = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
out.writeheader()
start = 0
while True:
    groups = tenantry.request("GET", "/api/deals/aggregate", {
        "group": ["stage", "created_at:month"],
        "values": ["count", "sum:amount", "avg:amount"],
        "filter": {"archived_at": None},
        "sort": ["stage", "ASC"],
        "range": [start, start + GROUPS - 1],
    }).data
    out.writerows(groups)
    if len(groups) < GROUPS:
        break
    start += GROUPS
