import type { CsvRecord } from './csv.ts';

/**
 * What a value says of a label: `yes`; `no`; `unsure` (-1, as CheXpert has it), which counts as not set;
 * nothing (`blank`); or something that is no answer (`other`).
 */
export type Flag = 'yes' | 'no' | 'unsure' | 'blank' | 'other';

const WORDS: Readonly<Record<string, Flag>> = {
  true: 'yes',
  t: 'yes',
  yes: 'yes',
  y: 'yes',
  false: 'no',
  f: 'no',
  no: 'no',
  n: 'no',
};

/** What programs write for a value that is not there. */
const BLANK = new Set([
  '',
  '-',
  'nan',
  '-nan',
  'na',
  'n/a',
  '#n/a',
  '#na',
  '<na>',
  'nat',
  'null',
  'none',
  '#null!',
]);

/** -1, 0 and 1 in any way of writing, also with a decimal comma; not 1,000, which may be a thousand. */
const NUMBER = /^([+-]?)0*([01])([.]0*|,0{1,2})?(e[+-]?0+)?$/;

/** Whether a text stands for a value that is not there. */
export function isBlank(text: string): boolean {
  return BLANK.has(text.toLowerCase());
}

/** Reads a value of a label's column (docs/datasets.md has the table). */
export function flagOf(text: string): Flag {
  const folded = text.toLowerCase();
  const word = WORDS[folded];
  if (word !== undefined) return word;
  if (BLANK.has(folded)) return 'blank';
  const number = NUMBER.exec(folded);
  if (number === null) return 'other';
  if (number[2] === '0') return 'no';
  return number[1] === '-' ? 'unsure' : 'yes';
}

/** `flagOf` of a field; what the study's files hold is judged by its bytes. */
export function flagOfField(record: CsvRecord, i: number): Flag {
  const { bytes } = record;
  const start = record.start(i);
  const length = record.end(i) - start;
  if (length === 0) return 'blank';
  if (length === 1 || (length === 3 && bytes[start + 1] === 0x2e && bytes[start + 2] === 0x30)) {
    if (bytes[start] === 0x30) return 'no';
    if (bytes[start] === 0x31) return 'yes';
  }
  return flagOf(record.text(i));
}
