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
  // As spreadsheets write them in German, French, Spanish and Italian.
  wahr: 'yes',
  vrai: 'yes',
  verdadero: 'yes',
  vero: 'yes',
  falsch: 'no',
  faux: 'no',
  falso: 'no',
  ja: 'yes',
  oui: 'yes',
  si: 'yes',
  sí: 'yes',
  sì: 'yes',
  nein: 'no',
  non: 'no',
  positive: 'yes',
  negative: 'no',
  pos: 'yes',
  neg: 'no',
  present: 'yes',
  absent: 'no',
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
  // The rest of what pandas takes for missing, and the marks of SPSS, SAS, Stata and of databases.
  '#n/a n/a',
  '1.#ind',
  '-1.#ind',
  '1.#qnan',
  '-1.#qnan',
  '.',
  '--',
  '\\n',
]);

/** -1, 0 and 1 in any way of writing, also with a decimal comma; not 1,000, which may be a thousand. */
const NUMBER = /^([+-]?)0*([01])([.]0*|,0{1,2})?(e[+-]?0+)?$/;
/** Zero times any power of ten. */
const ZERO = /^[+-]?0+([.,]0*)?e[+-]?\d+$/;

/** Whether a text stands for a value that is not there. */
export function isBlank(text: string): boolean {
  return BLANK.has(text.toLowerCase());
}

/** What stands where nobody knows whom a picture shows; taken for a name, all of them were one person. */
const NOBODY = /^(\?+|unknown|unk|missing|anonymous|anonymi[sz]ed|anon|not (known|available))$/i;

/** Whether a text names no patient, study or series. */
export function namesNothing(text: string): boolean {
  return isBlank(text) || NOBODY.test(text);
}

/**
 * Reads a value of a label's column (docs/datasets.md has the table).
 * @testing
 */
export function flagOf(text: string): Flag {
  const folded = text.toLowerCase();
  const word = WORDS[folded];
  if (word !== undefined) return word;
  if (BLANK.has(folded)) return 'blank';
  const number = NUMBER.exec(folded);
  if (number === null) return ZERO.test(folded) ? 'no' : 'other';
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
