/** Places of values in ascending order; those of equal values stay in theirs. */
export function ascending(values: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: values.length }, (_, place) => place).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
}

/** The first place of a value that is not below a limit, among ascending ones; their number where there is none. */
export function lowerBound(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
