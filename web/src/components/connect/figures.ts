/** A number for people to read. */
export const number = (value: number) => value.toLocaleString('en');

/** How many of something. */
export const count = (value: number, one: string, many: string) =>
  `${number(value)} ${value === 1 ? one : many}`;

/** Bytes in the unit that suits them. */
export function size(bytes: number): string {
  const [unit, each] =
    bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : (['GB', 1e9] as const);
  const value = bytes / Number(each);
  return `${value < 10 ? value.toFixed(1) : number(Math.round(value))} ${unit}`;
}
