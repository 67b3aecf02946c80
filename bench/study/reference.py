"""The reference's way of the steps of bench/study: h5py, pandas and faiss's exact flat index.

Arguments: step, then the files (CSVs and HDF5). Exit code 3 and a line on standard output name a module that is
missing. The study keeps embeddings in one data set for each image and searches by inner product of unit vectors.
"""

import sys

try:
    import faiss
    import h5py
    import numpy as np
    import pandas as pd
except ImportError as error:
    print(f"no Python module {error.name}")
    sys.exit(3)

step, files = sys.argv[1], sys.argv[2:]
frame = pd.concat(
    [pd.read_csv(file) for file in files if file.endswith(".csv")], ignore_index=True
)
archives = [h5py.File(file) for file in files if file.endswith(".h5")]


def embedding(path):
    for archive in archives:
        if path in archive:
            return archive[path][()]
    raise KeyError(path)


matrix = np.stack([embedding(path) for path in frame["filepath"]]).astype("float32")
faiss.normalize_L2(matrix)
print(f"{len(matrix)} embeddings")
if step == "import":
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(matrix)
else:
    index = faiss.IndexFlatIP(matrix.shape[1])
    train = np.flatnonzero(frame["split"] == "train")
    index.add(matrix[train])
if step == "evaluate":
    test = np.flatnonzero(frame["split"] == "test")
    labels = frame[frame.columns[5:]].to_numpy().argmax(axis=1)
    _, found = index.search(matrix[test], 11)
    hits = labels[train][found] == labels[test][:, None]
    print({k: float(hits[:, :k].mean()) for k in (1, 3, 5, 10)})
elif step == "search":
    _, found = index.search(matrix[:1], 10)
    print(frame["filepath"].to_numpy()[train][found[0]].tolist())
