/**
 * Places of values in ascending order; those of equal values stay in theirs. In columns of numbers, by merging: `sort` with
 * a function keeps an object of the heap for each value.
 */
export function ascending(values: ArrayLike<number>): Uint32Array {
  let from = Uint32Array.from({ length: values.length }, (_, place) => place);
  let into = new Uint32Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(middle + width, values.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const isRight =
          left === middle ||
          (right < end &&
            (values[from[right] as number] as number) < (values[from[left] as number] as number));
        into[at] = from[isRight ? right++ : left++] as number;
      }
    }
    [from, into] = [into, from];
  }
  return from;
}
