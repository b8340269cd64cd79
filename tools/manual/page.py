"""A manual page in the man macros from the JSON of `densehybrid --experimental-dump-help`."""

from __future__ import annotations

from collections.abc import Iterator


def page(dump: dict, version: str) -> str:
    """The whole page, with a section for each verb. The same dump gives the same text."""
    command = dump["command"]
    name = command["commandName"]
    lines = [
        f'.TH {name.upper()} 1 "" "{name} {escaped(version)}" "User Commands"',
        ".SH NAME", f"{name} \\- {escaped(lowered(command['abstract']))}",
        ".SH SYNOPSIS", f".B {name}", ".I VERB", "[\\fIARGUMENT\\fR ...]",
        ".SH DESCRIPTION", *discussion(command.get("discussion", "")),
        ".SH VERBS",
    ]
    for verb, depth in verbs(command):
        lines += section(verb, depth)
    return "\n".join(lines) + "\n"


def verbs(command: dict, above: str = "") -> Iterator[tuple[dict, str]]:
    """Every verb with the words before it, verbs of verbs behind theirs."""
    for verb in command.get("subcommands", []):
        if verb["commandName"] == "help" or not verb.get("shouldDisplay", True):
            continue
        full = f"{above}{verb['commandName']}"
        yield verb, full
        yield from verbs(verb, f"{full} ")


def section(verb: dict, full: str) -> list[str]:
    """One verb: what it does, how it is called, its options by group."""
    arguments = [one for one in verb.get("arguments", []) if one.get("shouldDisplay", True)]
    positional = [one for one in arguments if one["kind"] == "positional"]
    named = [one for one in arguments if one["kind"] != "positional" and one["valueName"] not in ("help", "version")]
    synopsis = f"\\fB{escaped(full)}\\fR"
    if named:
        synopsis += " [\\fIOPTION\\fR ...]"
    for one in positional:
        synopsis += " " + place(one)
    lines = [f'.SS "{escaped(full)}"', synopsis, ".PP", escaped(verb.get("abstract", "")), ".PP"]
    lines += discussion(verb.get("discussion", ""))
    for one in positional + named:
        lines += [".TP", term(one), escaped(told(one))]
    return lines


def term(argument: dict) -> str:
    """How an argument is written."""
    if argument["kind"] == "positional":
        return place(argument)
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    names.sort(key=len)
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return text if argument["kind"] == "flag" else f"{text} \\fI{escaped(argument['valueName'].upper())}\\fR"


def place(argument: dict) -> str:
    """A positional argument in a synopsis."""
    text = f"\\fI{escaped(argument['valueName'].upper())}\\fR" + (" ..." if argument["isRepeating"] else "")
    return f"[{text}]" if argument["isOptional"] else text


def told(argument: dict) -> str:
    """An argument's help, with its default where the help does not tell one."""
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    return f"{text} (default: {default})" if default and "default" not in text else text


def discussion(text: str) -> list[str]:
    """Prose as paragraphs; indented lines (examples) as they stand; a line in capitals begins them."""
    lines: list[str] = []
    is_code = False
    for line in text.splitlines():
        if line.startswith("  ") != is_code:
            is_code = not is_code
            lines.append(".RS 4\n.nf" if is_code else ".fi\n.RE")
        if not line.strip():
            lines.append(".PP")
        elif line.isupper():
            lines += [".PP", f"\\fB{escaped(line)}\\fR"]
        else:
            lines.append(escaped(line[2:] if is_code else line))
    if is_code:
        lines.append(".fi\n.RE")
    return lines


def escaped(text: str) -> str:
    """Text that troff leaves alone."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("…", "...")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in text.split("\n"))


def lowered(text: str) -> str:
    """A sentence as a phrase: for the line of NAME."""
    return text[:1].lower() + text[1:].rstrip(".")
