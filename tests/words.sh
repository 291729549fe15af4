#!/bin/bash
# words.sh [FILE ...] - checks the language of documents, pages, emails, refusals and comments
#
# It reports phrases in tests/words.txt, sentences of more than 35 words, table names in texts for users, and entries
# of CHANGES.md that are longer than a line.
# docs/style.md explains the rules and how to fix a finding.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec python3 - "$@" <<'PYTHON'
import glob, json, re, shutil, subprocess, sys

MOST = 35 # maximum number of words in a sentence
WIDTH = 90

findings = 0


def report(path, line, text):
    global findings
    findings += 1
    print(f"{path}:{line}: {text}")


def words_list():
    """The phrases, with what to write instead."""
    for line in open("tests/words.txt"):
        if "\t" in line and not line.startswith("#"):
            phrase, better = line.rstrip("\n").split("\t")
            yield phrase, better


def sources():
    """All text files that people write here, except those whose text must not change."""
    if sys.argv[1:]:
        return sys.argv[1:]
    # git is not required, and lists nothing in a tarball.
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True) if shutil.which("git") else None
    if listed is None or listed.returncode != 0:
        listed = subprocess.run(["find", ".", "-type", "f", "-not", "-path", "*/node_modules/*", "-not", "-path", "./_build/*",
                                 "-not", "-path", "./var/*", "-not", "-path", "./web/dist/*", "-not", "-path", "./.git/*",
                                 # Files that autoreconf makes.
                                 "-not", "-path", "./build-aux/*", "-not", "-path", "./autom4te.cache/*",
                                 "-not", "-name", "Makefile.in", "-not", "-name", "configure*", "-printf", "%P\n"],
                                capture_output=True, text=True)
    kinds = re.compile(r"(\.(md|c|h|sql|ts|tsx|mjs|sh|bash|[1-8]|yaml|conf|in|am|txt|html)|/[\w-]+|^[\w-]+)$")
    # These files record what ran in an installation, quote responses of other systems, or are in French.
    other = re.compile(r"^(migrations/|tests/words\.txt|docs/style\.md|COPYING|share/passwords/)|\.fr\.|/recorded/|package-lock|(^|/)LICENSE")
    return [path for path in listed.stdout.split("\n") if kinds.search(path) and not other.search(path)]


def phrases(paths):
    listed = list(words_list())
    any_phrase = re.compile("|".join(phrase for phrase, _ in listed), re.I)
    rules = [(re.compile(phrase, re.I), better) for phrase, better in listed]
    for path in paths:
        try:
            text = open(path).read()
        except (UnicodeDecodeError, IsADirectoryError, FileNotFoundError):
            continue
        if not any_phrase.search(text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            for rule, better in rules:
                found = rule.search(line)
                if found:
                    report(path, number, f'"{found.group()}": {better}')


def sentences(text):
    """The sentences of a text; code and links count as one word each."""
    text = re.sub(r"`[^`]*`", "CODE", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return [part for part in re.split(r"(?<=[.!?])[)\"*_]*\s+", text) if part]


def check_sentences(path, line, text):
    for sentence in sentences(text):
        count = len(re.findall(r"[^\s]*\w[^\s]*", sentence))
        if count > MOST:
            report(path, line, f"a sentence of {count} words: {' '.join(sentence.split())[:WIDTH]}")


def documents(paths):
    for path in paths:
        if not path.endswith(".md"):
            continue
        block, begin, fenced = [], 0, False
        for number, line in enumerate(open(path).read().split("\n") + [""], 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            item = re.match(r"\s*([-*]|\d+\.) ", line)
            if fenced or not line.strip() or item or re.match(r"\s*(```|#|\||<)", line):
                check_sentences(path, begin, " ".join(block))
                block = []
            if not fenced and line.startswith("|"):
                for cell in line.strip("|").split("|"):
                    for part in cell.split(";"):
                        check_sentences(path, number, part)
            elif not fenced and line.strip() and not re.match(r"\s*(```|#|<)", line):
                begin = begin if block else number
                block.append(line.strip()[len(item.group().strip()):] if item else line)


def changes():
    """An entry of CHANGES.md is one line, in a section of Keep a Changelog."""
    for number, line in enumerate(open("CHANGES.md").read().split("\n"), 1):
        if re.match(r"### (?!(Added|Changed|Deprecated|Removed|Fixed|Security)$)", line):
            report("CHANGES.md", number, f"a section that Keep a Changelog does not have: {line}")
        elif line.startswith(" ") or line.startswith("- ") and len(line) > 120:
            report("CHANGES.md", number, f"an entry of more than a line of 120 characters: {line.strip()[:WIDTH]}")


def texts():
    """(path, line, text): what pages, mails and refusals show to people in English."""
    for path in sorted(glob.glob("web/src/**/*.en.ts", recursive=True)):
        source = re.sub(r"^import .*$", "", open(path).read(), flags=re.M)
        source = re.sub(r"'\s*\+\s*'", "", source) # a text in several parts
        for quoted in re.finditer(r"'((?:[^'\\\n]|\\.)*)'|`([^`]*)`|\"((?:[^\"\\\n]|\\.)*)\"", source):
            text = next(filter(None, quoted.groups()), "")
            if " " in text:
                yield path, source.count("\n", 0, quoted.start()) + 1, text
    for path in sorted(glob.glob("share/mail/*.en.txt")):
        number = 1
        for block in open(path).read().split("\n\n"):
            yield path, number, " ".join(block.split())
            number += block.count("\n") + 2
    for path in sorted(glob.glob("schema/refusals/*.sql")):
        for number, line in enumerate(open(path), 1):
            found = re.match(r'\s*"(en|cause|remedy)": "(.*)"[,}]', line)
            if found:
                yield path, number, found.group(2)


def table_names():
    """Tables with names of several words, which no text of a page says as they are."""
    names = set()
    for path in glob.glob("migrations/*.sql"):
        names |= set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?\w+\.(\w+_\w+)", open(path).read()))
    return re.compile(r"\b(" + "|".join(sorted(names)) + r")\b")


paths = sources()
phrases(paths)
documents([path for path in paths if path not in ("docs/refusals.md",)])
if not sys.argv[1:]:
    changes()
    tables = table_names()
    for path, number, text in texts():
        check_sentences(path, number, text)
        # A program sends values and paths, which may be named.
        for name in tables.findall(re.sub(r'\{[^{}]*"[^{}]*\}|/api/\S+|\w+(, \w+)+,? (and|or) \w+', "", text)):
            report(path, number, f"the table {name}")
if findings:
    print(f"words: {findings} findings; docs/style.md says how to fix them")
    sys.exit(1)
print("words: all passed")
PYTHON
