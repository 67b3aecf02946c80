"""The reference's way of the steps of bench/study: h5py, pandas and faiss's exact flat index.

Arguments: step, then the files (CSVs and HDF5). Exit code 3 and a line on standard output name a module that is
missing. The study keeps embeddings in one data set for each image and searches by inner product of unit vectors.
"""

import sys
import time

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
# Files of several encoders are apart by a colon.
encoders = [[]]
for file in files:
    if file == ":":
        encoders.append([])
    elif file.endswith(".h5"):
        encoders[-1].append(file)
encoders = [own for own in encoders if own]
of_split = {split: np.flatnonzero(frame["split"] == split) for split in ("train", "val", "test")}


def read(own):
    """Unit embeddings in the order of the CSVs."""
    archives = [h5py.File(file) for file in own]

    def embedding(path):
        for archive in archives:
            if path in archive:
                return archive[path][()]
        raise KeyError(path)

    matrix = np.stack([embedding(path) for path in frame["filepath"]]).astype("float32")
    faiss.normalize_L2(matrix)
    return matrix


def index_of(rows):
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


for own in encoders:
    matrix = read(own)
    print(f"{len(matrix)} embeddings")
    if step == "import":
        index_of(matrix)
        continue
    index = index_of(matrix[of_split["train"]])
    paths = frame["filepath"].to_numpy()[of_split["train"]]
    if step == "evaluate":
        labels = frame[frame.columns[5:]].to_numpy().argmax(axis=1)
        test = of_split["test"]
        _, found = index.search(matrix[test], 11)
        hits = labels[of_split["train"]][found] == labels[test][:, None]
        print({k: float(hits[:, :k].mean()) for k in (1, 3, 5, 10)})
    elif step == "search":
        _, found = index.search(matrix[:1], 10)
        print(paths[found[0]].tolist())
    elif step == "neighbours":
        begin = time.perf_counter()
        queries = matrix[np.concatenate([of_split["test"], of_split["val"]])]
        index.search(queries, 100)
        print(f"{len(queries)} queries in {time.perf_counter() - begin:.1f} s")
