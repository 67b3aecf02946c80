import { parse } from 'csv-parse/sync';

/**
 * Largest difference of the numbers of two CSVs; infinite when their shapes or other cells differ.
 */
export function csvDifference(text: string, expected: string): number {
  const [rows, others] = [parse(text), parse(expected)] as [string[][], string[][]];
  const shape = (table: string[][]) => table.map((row) => row.length).join();
  if (shape(rows) !== shape(others)) return Number.POSITIVE_INFINITY;
  let largest = 0;
  rows.forEach((row, r) => {
    row.forEach((cell, c) => {
      const other = others[r]?.[c] as string;
      if (cell === other) return;
      const difference = Math.abs(Number(cell) - Number(other));
      // NaN must not pass as a small difference.
      if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
    });
  });
  return largest;
}
