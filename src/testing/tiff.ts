/** Values of TIFF tags by their number; 16-bit where they fit, otherwise 32-bit. */
export type TiffTags = Readonly<Record<number, number | readonly number[]>>;

const WIDTH_16 = 3;
const WIDTH_32 = 4;

/**
 * Writes a TIFF of one page.
 *
 * @param tags without the places of strips; the lengths of strips (279) are added when absent
 * @param strips the data as they stand in the file
 */
export function writeTiff(
  tags: TiffTags,
  strips: readonly Uint8Array[],
  { littleEndian = true, next = 0 }: { littleEndian?: boolean; next?: number } = {},
): Buffer {
  const fields = new Map<number, number[]>(
    Object.entries(tags).map(([tag, value]) => [Number(tag), [value].flat()]),
  );
  const [placesTag, lengthsTag] = fields.has(322) ? [324, 325] : [273, 279];
  if (!fields.has(lengthsTag)) {
    fields.set(
      lengthsTag,
      strips.map(({ length }) => length),
    );
  }
  fields.set(
    placesTag,
    strips.map(() => 2 ** 31),
  );
  const sizeOf = (values: number[]) => (values.some((v) => v > 65535) ? 4 : 2);
  const outside = (values: number[]) => {
    const size = values.length * sizeOf(values);
    return size > 4 ? size : 0;
  };
  const directory = 8 + 2 + fields.size * 12 + 4;
  const dataAt = [...fields.values()].reduce((sum, values) => sum + outside(values), directory);
  let at = dataAt;
  fields.set(
    placesTag,
    strips.map(({ length }) => {
      at += length;
      return at - length;
    }),
  );
  const head = Buffer.alloc(dataAt);
  const put = (value: number, place: number, size: number) =>
    littleEndian ? head.writeUIntLE(value, place, size) : head.writeUIntBE(value, place, size);
  head.write(littleEndian ? 'II' : 'MM', 'latin1');
  put(42, 2, 2);
  put(8, 4, 4);
  put(fields.size, 8, 2);
  let extra = directory;
  [...fields]
    .sort(([a], [b]) => a - b)
    .forEach(([tag, values], i) => {
      const entry = 10 + i * 12;
      // The places were counted as 32-bit ones, which leaves room that is not used.
      const size = tag === placesTag ? 4 : sizeOf(values);
      put(tag, entry, 2);
      put(size === 4 ? WIDTH_32 : WIDTH_16, entry + 2, 2);
      put(values.length, entry + 4, 4);
      const far = values.length * size > 4;
      if (far) put(extra, entry + 8, 4);
      values.forEach((value, k) => {
        put(value, (far ? extra : entry + 8) + k * size, size);
      });
      if (far) extra += values.length * size;
    });
  put(next, directory - 4, 4);
  return Buffer.concat([head, ...strips]);
}
