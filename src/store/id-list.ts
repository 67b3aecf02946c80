/** Tells of each of some numbers with commas between them, as `group_concat` of SQLite gives them. */
export function addIds(text: Buffer, add: (id: number) => void): void {
  let id = 0;
  for (const byte of text) {
    if (byte === 44) {
      add(id);
      id = 0;
    } else id = 10 * id + byte - 48;
  }
  add(id);
}
