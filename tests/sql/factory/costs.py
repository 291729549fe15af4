#!/usr/bin/env python3
"""Writes costs.golden.jsonl: cases of the cost formula, computed with exact fractions.

Usage: costs.py > costs.golden.jsonl
It shares nothing with schema/factory/cost.sql. A line is [inputs, rates, result]; the
result has the cost of each line in "costs", and of each quantity of "breaks" the total and the cost of a unit.
"""
import json
import random
from fractions import Fraction

MINOR = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "CLP": 0}
CASES = 1000


def half_even(x, digits):
    scaled = x * 10**digits
    whole, rest = scaled.numerator // scaled.denominator, scaled - scaled.numerator // scaled.denominator
    if rest > Fraction(1, 2) or rest == Fraction(1, 2) and whole % 2 == 1:
        whole += 1
    return Fraction(whole, 10**digits)


def text(x):
    """The exact decimal text of a fraction whose denominator has the factors 2 and 5 only."""
    digits = 0
    while (x * 10**digits).denominator != 1:
        digits += 1
    whole = str((x * 10**digits).numerator).rjust(digits + 1, "0")
    return whole[:-digits] + "." + whole[-digits:] if digits else whole


def rate_of(entry, own, rates, amount):
    if own in entry:
        return Fraction(entry[own])
    best = max((b for b in rates[entry["code"]] if Fraction(b["min_quantity"]) <= amount),
               key=lambda b: Fraction(b["min_quantity"]))
    return Fraction(best["rate"])


def costs(inputs, rates, quantity):
    digits = MINOR[inputs["currency"]]
    made = quantity * (1 + Fraction(inputs.get("scrap_percent", "0")) / 100)
    lines = []
    for e in inputs.get("materials", []):
        amount = made * Fraction(e["quantity_per_unit"]) * (1 + Fraction(e.get("scrap_percent", "0")) / 100)
        rate = rate_of(e, "price", rates.get("materials", {}), amount)
        lines.append(("materials", amount, rate, half_even(amount * rate, digits)))
    for section in ("labour", "machines"):
        for e in inputs.get(section, []):
            hours = Fraction(e.get("setup_hours", "0")) + Fraction(e.get("hours_per_unit", "0")) * made
            rate = rate_of(e, "rate", rates.get(section, {}), hours)
            lines.append((section, hours, rate, half_even(hours * rate, digits)))
    direct = list(lines)
    for e in inputs.get("overhead", []):
        base = sum((l[3] for l in direct if e.get("of", "all") in ("all", l[0])), Fraction(0))
        percent = Fraction(e["percent"])
        lines.append(("overhead", base, percent, half_even(base * percent / 100, digits)))
    total = half_even(sum((l[3] for l in lines), Fraction(0)), digits)
    return made, lines, total, half_even(total / quantity, digits + 2)


def decimal(r, most, digits):
    """A decimal text; often one that makes ties."""
    if r.random() < 0.3:
        return text(Fraction(r.randrange(0, 40), 8)) if digits >= 3 else str(r.randrange(0, most + 1))
    return text(Fraction(r.randrange(0, most * 10**digits), 10**digits))


def case(r):
    currency = r.choice(sorted(MINOR))
    rates = {}
    inputs = {"currency": currency,
              "quantity": decimal(r, r.choice([9, 500, 999999]), r.choice([0, 1, 6]))}
    if Fraction(inputs["quantity"]) == 0:
        inputs["quantity"] = "0.125"
    if r.random() < 0.6:
        inputs["scrap_percent"] = decimal(r, 40, r.choice([0, 2, 3]))
    for section, own in (("materials", "price"), ("labour", "rate"), ("machines", "rate")):
        entries = []
        for n in range(r.randrange(0, 4)):
            e = {"name": f"{section} {n}"} if r.random() < 0.8 else {"code": f"x{n}", own: "1"}
            if r.random() < 0.5:
                e.pop("name", None)
                e.pop(own, None)
                e["code"] = f"c{n}"
                steps = sorted({0, *(r.randrange(1, 5000) for _ in range(r.randrange(0, 3)))})
                rates.setdefault(section, {})[e["code"]] = [
                    {"min_quantity": str(s), "rate": decimal(r, 300, r.choice([2, 4, 6]))} for s in steps]
            else:
                e[own] = decimal(r, 300, r.choice([2, 4, 6]))
            if section == "materials":
                e["quantity_per_unit"] = decimal(r, 20, r.choice([0, 3, 6]))
                if r.random() < 0.5:
                    e["scrap_percent"] = decimal(r, 25, r.choice([0, 3]))
            else:
                if r.random() < 0.7:
                    e["setup_hours"] = decimal(r, 12, r.choice([0, 3]))
                if r.random() < 0.8:
                    e["hours_per_unit"] = decimal(r, 3, r.choice([3, 6]))
            entries.append(e)
        if entries:
            inputs[section] = entries
    overhead = [{"name": f"o{n}", "percent": decimal(r, 60, r.choice([0, 3])),
                 **({"of": r.choice(["all", "materials", "labour", "machines"])} if r.random() < 0.7 else {})}
                for n in range(r.randrange(0, 3))]
    if overhead:
        inputs["overhead"] = overhead
    if r.random() < 0.3:
        inputs["breaks"] = sorted({str(r.randrange(1, 100000)) for _ in range(r.randrange(1, 4))})
    return inputs, rates


def main():
    r = random.Random(20260125)
    for _ in range(CASES):
        inputs, rates = case(r)
        while not inputs.keys() & {"materials", "labour", "machines"}:
            inputs, rates = case(r)
        made, lines, total, unit = costs(inputs, rates, Fraction(inputs["quantity"]))
        breaks = [[q, text(b[2]), text(b[3])] for q in inputs.get("breaks", [])
                  for b in [costs(inputs, rates, Fraction(q))]]
        result = {"made": text(made), "total": text(total), "unit": text(unit), "breaks": breaks,
                  "costs": [text(c) for _, _, _, c in lines]}
        print(json.dumps([inputs, rates, result], separators=(",", ":")))


main()
