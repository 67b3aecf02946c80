/** A class for each image: indices into `names`. */
export interface Classes {
  names: readonly string[];
  of: Int32Array;
}

/** How many images have each label. */
export function countLabels(labels: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}

/** Classes of names, numbered by their first appearance. */
export function classesOf(values: readonly string[]): Classes {
  const numbers = new Map<string, number>();
  const of = Int32Array.from(values, (value) => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    return numbers.size - 1;
  });
  return { names: [...numbers.keys()], of };
}

/** Images of each class. */
export function countClasses({ names, of }: Classes): Int32Array {
  return countLabels(of, names.length);
}

/** Images that are drawn together because they are not independent: those of one patient. */
export interface Clusters {
  /** Number of clusters. */
  count: number;
  /** Cluster of each image. */
  of: Int32Array;
  /** Images whose patient is unknown; each is a cluster of its own, so intervals may be too narrow. */
  unknown: number;
}

/** Whose image it is. */
interface OfPatient {
  dataset: string;
  patient: string | null;
}

/** A patient's key: identifiers are unique only within their data set. */
export function patientKey({ dataset, patient }: OfPatient): string | null {
  return patient === null ? null : JSON.stringify([dataset, patient]);
}

/** Clusters by patient. */
export function patientClusters(images: readonly OfPatient[]): Clusters {
  let unknown = 0;
  const keys = images.map((image, i) => {
    const key = patientKey(image);
    if (key === null) unknown += 1;
    return key ?? `image ${i}`;
  });
  const { names, of } = classesOf(keys);
  return { count: names.length, of, unknown };
}
