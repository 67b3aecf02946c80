"""Prints src/dicom/confidentiality/table.ts from the tables of the standard (PS3.15 E.1-1, PS3.6) as JSON:
python3 scripts/confidentiality-profile.py confidentiality_profile_attributes.json attributes.json
(standard/ of https://github.com/innolitics/dicom-standard)."""

import json
import re
import sys
import textwrap

profile, dictionary = (json.load(open(path)) for path in sys.argv[1:])
vr = {each["id"]: each["valueRepresentation"] for each in dictionary}


def action(entry):
    allowed = entry["basicProfile"].rstrip("*").split("/")
    # What holds for each kind of object: a sequence that may go goes, another value stays in some form.
    order = "UXZD" if vr.get(entry["id"]) == "SQ" else "UDZX"
    return next(each for each in order if each in allowed)


def block(name, comment, groups):
    print(f"\n/** {comment} */\nexport const {name} = {{")
    for key in sorted(groups):
        print(f"  {key}: `")
        print("\n".join("    " + line for line in textwrap.wrap(" ".join(sorted(groups[key])), 110)))
        print("  `,")
    print("} as const;")


actions, dummies, dates = {}, {}, {}
for entry in profile:
    tag = entry["id"]
    if re.fullmatch("[0-9a-f]{8}", tag) is None or tag.startswith("0000"):
        continue
    actions.setdefault(action(entry), []).append(tag)
    if action(entry) == "D":
        dummies.setdefault(vr[tag], []).append(tag)
    if entry.get("rtnLongModifDatesOpt") and vr[tag] in ("DA", "DT", "TM"):
        dates.setdefault(vr[tag], []).append(tag)
print("// Made by scripts/confidentiality-profile.py.")
block("ACTIONS", "Basic Application Level Confidentiality Profile (PS3.15, table E.1-1): what is done to attributes.", actions)
block("DUMMIES", "Value representations of the attributes that get a dummy (PS3.6).", dummies)
block("DATES", "Attributes that the option of modified dates keeps, by value representation.", dates)
