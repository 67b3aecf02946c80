"""What dicom-anonymizer makes of an object that has every attribute of the Basic Profile, as JSON:
pip install dicom-anonymizer && python3 scripts/confidentiality-reference.py > src/dicom/confidentiality/reference.json"""

import json
from importlib import import_module

from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

EDITION = "dicomfields_2026c"
tables = import_module(f"dicomanonymizer.dicom_anonymization_databases.{EDITION}")
TEXTS = {"DA": "19610203", "DT": "19610203101112", "TM": "101112", "UI": "1.2.777.12345", "AS": "061Y",
         "DS": "777.25", "IS": "777", "PN": "PLANTED^ANNA"}
SKIPPED = {"OB", "OW", "UN", "US", "OB or OW", "US or SS"}


def given(vr):
    return TEXTS.get(vr, "PLANTED")


def outcome(dataset, tag, vr):
    if tag not in dataset:
        return "gone"
    value = dataset[tag].value
    if vr == "SQ":
        if len(value) == 0:
            return "empty"
        return "same" if value[0].get("PatientComments") == "PLANTED" else "changed"
    if value in (None, ""):
        return "empty"
    return "same" if str(value) == given(vr) else "changed"


dataset = Dataset()
planted = []
for each in sorted({each[:2] for each in tables.ALL_TAGS if len(each) == 2}):
    tag = each[0] << 16 | each[1]
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        continue
    if vr in SKIPPED or each[0] < 8 or each[0] >= 0x5000:
        continue
    item = Dataset()
    item.PatientComments = "PLANTED"
    dataset.add_new(tag, vr, [item] if vr == "SQ" else given(vr))
    planted.append((tag, vr))
anonymize_dataset(dataset, base_rules_gen=lambda: initialize_actions(EDITION))
rows = [[f"{tag:08x}", vr, "" if vr == "SQ" else given(vr), outcome(dataset, tag, vr)] for tag, vr in planted]
print(json.dumps(rows))
