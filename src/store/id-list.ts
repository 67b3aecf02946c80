/** Tells of each of some numbers with commas between them, as `group_concat` of SQLite gives them. */
export function addIds(text: Buffer, add: (id: number) => void): void {
  let id = 0;
  // There may be millions of bytes, for which an iterator takes several times as long.
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    if (byte === 44) {
      add(id);
      id = 0;
    } else id = 10 * id + byte - 48;
  }
  add(id);
}
