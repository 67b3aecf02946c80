"""Answers bench/search.ts: loads a matrix into faiss's exact flat index and searches it on demand.

Arguments: file of rows, file of queries, dimension, threads. Every line read is `first count k`; every line
written is the milliseconds that the search took and the ids it found.
"""

import sys
import time

import faiss
import numpy as np

rows, queries, dimension, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
faiss.omp_set_num_threads(threads)
index = faiss.IndexFlatIP(dimension)
matrix = np.memmap(rows, dtype="<f4", mode="r").reshape(-1, dimension)
for start in range(0, len(matrix), 65536):
    index.add(np.array(matrix[start : start + 65536]))
searched = np.fromfile(queries, dtype="<f4").reshape(-1, dimension)
print(f"faiss-cpu {faiss.__version__} ({faiss.get_compile_options().strip()})", flush=True)
for line in sys.stdin:
    first, count, k = map(int, line.split())
    batch = searched[first : first + count]
    start = time.perf_counter()
    _, ids = index.search(batch, k)
    elapsed = 1000 * (time.perf_counter() - start)
    print(elapsed, *ids.ravel(), flush=True)
