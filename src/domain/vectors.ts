/** Euclidean length. */
export function lengthOf(vector: Float32Array): number {
  let sum = 0;
  // By number: an iterator takes several times as long, and this is done for every embedding that is read.
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** Scales an embedding to length 1 in place; one of zeros stays as it is. */
export function normalise(vector: Float32Array): void {
  const norm = lengthOf(vector);
  if (norm > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / norm;
}

/** Inner product. */
export function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
