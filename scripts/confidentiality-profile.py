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


# In the edition of 2026c, and not yet in those files.
LATER = {
    "X": "00081301 00081302 00081303 00081304 00100011 00100012 00100013 00100014 00100015 00100016 00100041 00100042 "
    "00100043 00100044 00100045 00100046 00100047 00102161 00102162 00181010 00181011 003a0020 003a0203 003a020c "
    "00400556 0040a034 0040a035 0040b020 0040b034 0040b036 0040b03b 0040b03f 0040e012",
    "U": "300a0054",
    "D": "00700006",
}

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
for key, tags in LATER.items():
    actions[key] += tags.split()
listed = {entry["id"] for entry in profile}
# Names of persons that the profile does not list are emptied.
actions["Z"] += [tag for tag, each in vr.items() if each == "PN" and tag not in listed]
dummies["ST"].append("00700006")
print("// Made by scripts/confidentiality-profile.py.")
block("ACTIONS", "Basic Application Level Confidentiality Profile (PS3.15, table E.1-1): what is done to attributes.", actions)
block("DUMMIES", "Value representations of the attributes that get a dummy (PS3.6).", dummies)
block("DATES", "Attributes that the option of modified dates keeps, by value representation.", dates)
