"""Puts a button "Similar cases" into Orthanc Explorer, which opens the page of Semblance with the image that is looked at.

It is run by Orthanc's plugin for Python ("PythonScript" in Orthanc's configuration); docs/orthanc.md says how.
"""

import json
import os

import orthanc

PAGE = json.loads(orthanc.GetConfiguration()).get('Semblance', {}).get('Page', 'http://127.0.0.1:7780/')

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'explorer.js')) as script:
    # Orthanc runs all scripts of its explorer as one; this one is told where the page is.
    orthanc.ExtendOrthancExplorer('(%s)(%s);' % (script.read().strip().rstrip(';'), json.dumps(PAGE)))
