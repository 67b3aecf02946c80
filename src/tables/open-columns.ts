import { quoted } from './columns.ts';
import type { CsvRecord } from './csv.ts';
import { flagOfField } from './flag.ts';

/** A column is a label while not more of its filled values than this are neither yes nor no. */
const STRAY_SHARE = 0.25;
/** Numbers beside 0, 1 and -1 tell of a measure: of these one is a slip, or this share. */
const STRAY_NUMBERS = 0.01;
/** So many filled values, more than half of them strays, are enough to call a column a description. */
const ENOUGH = 10_000;
/** Strays whose text is kept, of one column. */
const KEPT = 1000;

/** A growing list of numbers. */
class Numbers {
  length = 0;
  private values = new Int32Array(1024);

  push(value: number): void {
    if (this.length === this.values.length) {
      const longer = new Int32Array(2 * this.length);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  at(i: number): number {
    return this.values[i] as number;
  }
}

/** A value that is no answer. */
interface Stray {
  row: number;
  line: number;
  text: string;
}

/** What is known of one column's values. */
interface Column {
  column: number;
  blanks: number;
  unsure: number;
  strays: number;
  /** Strays that are numbers. */
  numbers: number;
  /** Values `f` and `n`, which alone or beside strays may be anything: F of female, N of a stage. */
  letters: number;
  kept: Stray[];
  rows: Numbers;
  dropped: boolean;
  /** Rows that were judged when it was dropped. */
  judged: number;
}

/** What the values of a column come to. */
export interface Verdict {
  column: number;
  isLabel: boolean;
  filled: number;
  unsure: number;
  strays: number;
  kept: readonly Stray[];
  /** Why it is no label; empty for a label, and for a column without any yes or no. */
  reason: string;
}

/** Columns that may be labels, judged while the rows pass. */
export class OpenColumns {
  private readonly columns: Column[];
  private open: Column[];
  /** Numbers of the open columns, for the loop over them. */
  private numbers: Int32Array;
  private rows = 0;
  private readonly starts = new Numbers();
  private readonly yes = new Numbers();
  private labels: ReadonlySet<number> = new Set();

  constructor(columns: readonly number[]) {
    this.columns = columns.map((column) => ({
      column,
      ...{ blanks: 0, unsure: 0, strays: 0, numbers: 0, letters: 0, dropped: false, judged: 0 },
      kept: [],
      rows: new Numbers(),
    }));
    this.open = [...this.columns];
    this.numbers = Int32Array.from(columns);
    this.starts.push(0);
  }

  /** Takes the values of the next row. */
  take(record: CsvRecord): void {
    const { open, numbers, yes } = this;
    const { bytes } = record;
    let drops = false;
    for (let f = 0; f < numbers.length; f++) {
      const i = numbers[f] as number;
      const start = record.start(i);
      if (record.end(i) - start === 1) {
        if (bytes[start] === 0x30) continue;
        if (bytes[start] === 0x31) {
          yes.push(i);
          continue;
        }
      }
      const column = open[f] as Column;
      switch (flagOfField(record, i)) {
        case 'yes':
          yes.push(i);
          break;
        case 'no':
          if (/^[fn]$/i.test(record.text(i))) column.letters += 1;
          break;
        case 'blank':
          column.blanks += 1;
          break;
        case 'unsure':
          column.unsure += 1;
          break;
        default:
          this.stray(column, record);
          drops ||= column.dropped;
      }
    }
    if (drops) {
      this.open = open.filter(({ dropped }) => !dropped);
      this.numbers = Int32Array.from(this.open, ({ column }) => column);
    }
    this.rows += 1;
    this.starts.push(yes.length);
  }

  private stray(column: Column, record: CsvRecord): void {
    const text = record.text(column.column);
    column.strays += 1;
    if (/^[+-]?\d+([.,]\d+)?$/.test(text)) column.numbers += 1;
    if (column.kept.length < KEPT) {
      column.kept.push({ row: this.rows, line: record.line, text });
    }
    column.rows.push(this.rows);
    const filled = this.rows + 1 - column.blanks;
    if (filled >= ENOUGH && column.strays > filled / 2) {
      column.dropped = true;
      column.judged = this.rows + 1;
    }
  }

  /** Says which columns are labels, after the last row. */
  judge(): Verdict[] {
    const verdicts = this.columns.map((column): Verdict => {
      const { strays, unsure, kept, letters } = column;
      const filled = (column.dropped ? column.judged : this.rows) - column.blanks;
      const few =
        strays <= STRAY_SHARE * filled &&
        column.numbers <= Math.max(1, STRAY_NUMBERS * filled) &&
        strays < filled;
      const lettersOnly = filled > 0 && letters === filled - strays && !column.dropped;
      const isLabel = strays === 0 ? !lettersOnly : few && !lettersOnly && !column.dropped;
      const first = kept[0];
      const since = column.dropped ? 'of its first ' : 'of its ';
      let reason = '';
      if (!isLabel && lettersOnly && strays === 0)
        reason = 'it holds nothing but the letters F or N';
      else if (!isLabel && strays < filled && first !== undefined) {
        reason =
          `${strays} ${since}${filled} values are neither 0 nor 1, ` +
          `for instance line ${first.line} has ${quoted(first.text)}`;
      }
      return { column: column.column, isLabel, filled, unsure, strays, kept, reason };
    });
    this.labels = new Set(verdicts.filter((one) => one.isLabel).map(({ column }) => column));
    return verdicts;
  }

  /** The only column that is yes in a row, where it is a label; undefined for any other row. */
  onlyYes(row: number): number | undefined {
    const start = this.starts.at(row);
    if (this.starts.at(row + 1) !== start + 1) return undefined;
    const column = this.yes.at(start);
    return this.labels.has(column) ? column : undefined;
  }

  /** Columns that are yes in a row, of labels or (`others`) of columns that turned out to be none. */
  yesOf(row: number, others = false): number[] {
    const found: number[] = [];
    for (let i = this.starts.at(row); i < this.starts.at(row + 1); i++) {
      const column = this.yes.at(i);
      if (this.labels.has(column) !== others) found.push(column);
    }
    return found;
  }

  /** Rows with a stray in a column of a label, with the first such column and the text if it was kept. */
  strayRows(): Map<number, { column: number; text: string | undefined }> {
    const found = new Map<number, { column: number; text: string | undefined }>();
    for (const { column, rows, kept } of this.columns) {
      if (!this.labels.has(column)) continue;
      for (let i = 0; i < rows.length; i++) {
        if (!found.has(rows.at(i))) found.set(rows.at(i), { column, text: kept[i]?.text });
      }
    }
    return found;
  }
}
