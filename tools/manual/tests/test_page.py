"""What troff would misread is written so that it does not."""

from tools.manual.page import discussion, escaped, page, place, term, verbs

HELP = {"kind": "flag", "names": [{"kind": "long", "name": "help"}], "valueName": "help", "isOptional": True,
        "isRepeating": False, "shouldDisplay": True, "abstract": "Show help."}
DRIVES = {"kind": "positional", "valueName": "drives", "isOptional": False, "isRepeating": True, "abstract": "Drives."}
QUIET = {"kind": "flag", "valueName": "quiet", "isOptional": True, "isRepeating": False, "abstract": "No table.",
         "names": [{"kind": "long", "name": "quiet"}, {"kind": "short", "name": "q"}]}
EVERY = {"kind": "option", "valueName": "every", "isOptional": True, "isRepeating": False, "abstract": "One of N.",
         "defaultValue": "1", "names": [{"kind": "long", "name": "every"}]}
DUMP = {"command": {
    "commandName": "prog", "abstract": "Does things.", "discussion": "First.\n\nEXAMPLES\n  prog run a-b \\\n    c\nLast.",
    "subcommands": [
        {"commandName": "run", "abstract": "Runs.", "arguments": [DRIVES, QUIET, EVERY, HELP],
         "subcommands": [{"commandName": "inner", "abstract": "Inner.", "arguments": []}]},
        {"commandName": "help", "abstract": "Show help."}, {"commandName": "x", "shouldDisplay": False}]}}


def test_escapes():
    assert escaped(".TH") == "\\&.TH" and escaped("'x") == "\\&'x"
    assert escaped("--a\\") == "\\-\\-a\\e" and escaped('"') == "\\(dq"


def test_terms():
    assert term(QUIET) == "\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR"
    assert term(EVERY) == "\\fB\\-\\-every\\fR \\fIEVERY\\fR"
    assert place(DRIVES) == "\\fIDRIVES\\fR ..."


def test_examples_stand_as_they_are():
    lines = "\n".join(discussion(DUMP["command"]["discussion"])).split("\n")
    code = lines[lines.index(".nf") + 1 : lines.index(".fi")]
    assert code == ["prog run a\\-b \\e", "  c"]
    assert lines[-1] == "Last."


def test_page():
    assert [full for _, full in verbs(DUMP["command"])] == ["run", "run inner"]
    text = page(DUMP, "1.0")
    assert text.startswith('.TH PROG 1 "" "prog 1.0"')
    assert "prog \\- does things\n" in text and "One of N. (default: 1)" in text
    assert "Show help" not in text
