#!/bin/bash
# sample.sh SEED [NEWEST] - prints a random sample of texts for a reader: 60 comments, 40 paragraphs, 30 commit
# subjects, 60 texts of pages, 40 refusals, 40 texts of operations in the OpenAPI document
#
# The same seed on the same commit prints the same sample. The reader judges the sample by docs/style.md, and fixes each
# text that has to change, and texts of its kind in the whole tree. The work is complete when at most one in twenty
# texts has to change in two samples with new seeds. The subjects are from the NEWEST newest commits (default: 300).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec python3 - "${1:?a seed}" "${2:-300}" <<'PYTHON'
import glob, random, re, subprocess, sys

seed, newest = sys.argv[1:]


def files(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], capture_output=True, text=True, check=True)
    return listed.stdout.split("\n")[:-1]


def comments():
    """Comments of at least three words. Migrations are not read: what ran in an installation cannot change."""
    block = r"(?<![^\s({,;])/\*(?:[^*]|\*(?!/))*\*/"
    shell = ("*.sh", "*.bash", "*.service", "*.socket", "script", "libexec", "nginx/*.conf*")
    for path in files("*.c", "*.h", "schema/*.sql", "tests/*.sql", "journeys/*.sql", "*.ts", "*.tsx", "*.mjs", *shell):
        suffix = re.sub(r"[^.]*\.?", "", path.rpartition("/")[2], count=1)
        line = "--" if suffix == "sql" else "//" if suffix.split(".")[-1] in ("c", "h", "ts", "tsx", "mjs") else "#"
        rule = re.compile(r"^[ \t]*%s.*(?:\n[ \t]*%s.*)*|(?<=[;,{} ])[ \t]+%s .*|%s" %
                          (line, line, line, block if line != "#" else r"(?!)"), re.M)
        source = re.sub(r"\A#!.*", "", open(path).read())
        for one in rule.finditer(source):
            text = re.sub(r"^\s*(%s|/?\*+/?)" % line, "", one.group(), flags=re.M).replace("*/", "")
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= 3 and not re.match(r"\s*(needs|stack|clang-format|eslint|@)", text):
                yield f"{path}:{source.count(chr(10), 0, one.start()) + 1}", " ".join(text.split())


def paragraphs():
    """Paragraphs, items and rows of tables, without code."""
    for path in files("*.md"):
        if path in ("docs/style.md", "docs/refusals.md"):
            continue
        source = re.sub(r"^```.*?^```$", lambda code: "\n" * code.group().count("\n"), open(path).read(), flags=re.M | re.S)
        for one in re.finditer(r"^(?:\||[ ]*(?:[-*]|\d+\.) |(?![#<|\s])).*(?:\n(?!\s*(?:[-*]|\d+\.) |[#|<]|\s*\n).+)*", source, re.M):
            if len(one.group().split()) >= 8 and "---" not in one.group():
                yield f"{path}:{source.count(chr(10), 0, one.start()) + 1}", " ".join(one.group().split())
    for path in files("man/*"):
        source = open(path).read()
        for one in re.finditer(r"^(?!\.(?:It|Pp|S[hs]|[BE]l|Dd)).+(?:\n(?!\.(?:It|Pp|S[hs]|[BE]l)).+)*", source, re.M):
            if len(one.group().split()) >= 8:
                yield f"{path}:{source.count(chr(10), 0, one.start()) + 1}", " ".join(one.group().split())


def refusals():
    """The text of a refusal with its cause and its remedy."""
    for path in files("schema/refusals/*.sql"):
        source = open(path).read()
        for one in re.finditer(r'^\t"(\w+)": \{(.*?)(?=^\t"|\Z)', source, re.M | re.S):
            parts = re.findall(r'"(en|cause|remedy)": "((?:[^"\\]|\\.)*)"', one.group(2))
            text = "; ".join(f"{name}: {value}" for name, value in parts)
            yield f"{path}:{source.count(chr(10), 0, one.start()) + 1}", f"{one.group(1)}: {text}"


def pages():
    for path in files("web/src/*.en.ts"):
        source = open(path).read()
        for one in re.finditer(r":\s+'((?:[^'\\\n]|\\.)+)'|:\s+`([^`]+)`|:\s+\"([^\"\n]+)\"", source):
            yield f"{path}:{source.count(chr(10), 0, one.start()) + 1}", next(filter(None, one.groups()))


def operations():
    """Summaries of routes, and descriptions of parameters and members."""
    text = r'((?:"(?:[^"\\]|\\.)*"[\s\\]*|[A-Z_]+\s+(?="))+)'
    for path in files("handlers/*.c", "handlers/*.h", "fcgi/*.c", "fcgi/*.h"):
        source = open(path).read()
        rules = [r"\.summary =\s*" + text, r"PARAM_[A-Z]+,[\s\\]*" + text]
        if path == "handlers/operations/member.c":
            rules = [r'\{ "[^"]+",\s*' + text]
        for one in (found for rule in rules for found in re.finditer(rule, source)):
            yield (f"{path}:{source.count(chr(10), 0, one.start()) + 1}",
                   "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', one.group() if "member.c" not in path else one.group(1))))


def subjects():
    listed = subprocess.run(["git", "log", f"-{newest}", "--format=%h\t%s"], capture_output=True, text=True, check=True)
    return [tuple(one.split("\t", 1)) for one in listed.stdout.split("\n")[:-1]]


for name, count, all_texts in (("comments", 60, comments()), ("paragraphs", 40, paragraphs()),
                               ("subjects", 30, subjects()), ("pages", 60, pages()), ("refusals", 40, refusals()),
                               ("operations", 40, operations())):
    all_texts = sorted(set(all_texts))
    print(f"\n## {name}: {count} of {len(all_texts)}, seed {seed}\n")
    for number, (where, text) in enumerate(random.Random(f"{seed} {name}").sample(all_texts, count), 1):
        print(f"{number}. {where}: {text}")
PYTHON
