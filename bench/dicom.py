"""Decoded frames a second of files, by pydicom with gdcm: paths on standard input, seconds for each as argument."""

import sys
import time

import pydicom

SECONDS = float(sys.argv[1])
for line in sys.stdin:
    path = line.rstrip("\n")
    frames = 0
    start = time.perf_counter()
    try:
        while frames == 0 or time.perf_counter() - start < SECONDS:
            dataset = pydicom.dcmread(path)
            dataset.pixel_array
            frames += int(dataset.get("NumberOfFrames", 1) or 1)
        print(frames / (time.perf_counter() - start), flush=True)
    except Exception:
        print("nan", flush=True)
