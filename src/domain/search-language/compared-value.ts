/** A number as programs write it; with a decimal comma only where it cannot be a comma of thousands. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d+,\d{1,2}$/;

/** Year, month and perhaps day with dashes, slashes, dots or colons, perhaps a time, whose zone is not looked at. */
const DATE =
  /^(\d{4})([-/.:])(\d{1,2})(?:\2(\d{1,2})(?:[T\s]\s*(\d{1,2})(?::(\d{2})(?::(\d{2}(?:[.,]\d+)?))?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?|UTC|GMT)?)?)?$/i;
/** DICOM's DA and DT without separators; fewer digits are a number like others. */
const DIGITS = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}(?:\.\d{1,6})?)(?:[+-]\d{4})?)?$/;

/** DICOM's AS and how people write years. */
const AGE_STRING = /^(\d{3})([DWMY])$/;
const YEARS = /^(\d{1,3}(?:\.\d+)?)\s*-?\s*(?:y|yr|yrs|year|years|yo|y\/o)(?:[\s-]*old)?\.?$/i;
/** Other units count only in a field that is named after ages. */
const AGE = /^(\d{1,4}(?:\.\d+)?)\s*(d|days?|w|wks?|weeks?|m|mo|mos|months?)(?:[\s-]*old)?$/i;
const AGE_FIELD = /(^|[\s_.-])age([\s_.-]|$)|patient'?s?_?age|^age/i;

/** Years in one unit of an age. */
const IN_YEARS: Readonly<Record<string, number>> = {
  y: 1,
  m: 1 / 12,
  w: 7 / 365.25,
  d: 1 / 365.25,
};

/** Days of a month. */
function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A moment as 20190305.42: the date's digits, and how much of the day is over; null for no such moment. */
function moment(
  year: number,
  month: number,
  day: number,
  hours: number,
  minutes: number,
  seconds: number,
): number | null {
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  if (hours > 23 || minutes > 59 || seconds >= 61) return null;
  const part = (hours * 3600 + minutes * 60 + seconds) / 86_400;
  return year * 10_000 + month * 100 + day + part;
}

function dateOf(value: string): number | null {
  const written = DATE.exec(value);
  if (written === null) return null;
  const [, year, mark, month, day, hours, minutes, seconds] = written;
  // 2019.03 is a number, and 2019:03 may be anything.
  if (day === undefined && (mark === '.' || mark === ':')) return null;
  return moment(
    Number(year),
    Number(month),
    Number(day ?? 1),
    Number(hours ?? 0),
    Number(minutes ?? 0),
    Number((seconds ?? '0').replace(',', '.')),
  );
}

function ageOf(value: string, field: string): number | null {
  const string = AGE_STRING.exec(value);
  if (string) return Number(string[1]) * (IN_YEARS[(string[2] as string).toLowerCase()] as number);
  const years = YEARS.exec(value);
  if (years) return Number(years[1]);
  const other = AGE_FIELD.test(field) ? AGE.exec(value) : null;
  if (!other) return null;
  return Number(other[1]) * (IN_YEARS[(other[2] as string).charAt(0).toLowerCase()] as number);
}

/** Whether a value is a date with separators, such as `2019-03-05` or `2019/03/05 10:11`. */
export function isDate(value: string): boolean {
  return dateOf(value.trim()) !== null;
}

/**
 * The number that a value is compared by: a number itself; of a date the digits of its day, as DICOM writes
 * them, with the part of the day that is over (2019-03-05T12:00 is 20190305.5); of an age its years. Null for
 * any other text, also for dates whose day and month could be exchanged (05.03.2019, 03/05/2019).
 * @param field its field: days, weeks and months are an age only in a field named so
 */
export function numberOf(value: string, field = ''): number | null {
  const text = value.trim();
  const digits = DIGITS.exec(text);
  if (digits?.[4] !== undefined) {
    const [year, month, day, hours, minutes, seconds] = digits.slice(1).map(Number);
    const found = moment(
      ...([year, month, day, hours, minutes, seconds] as Parameters<typeof moment>),
    );
    if (found !== null) return found;
  }
  if (NUMBER.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : null;
  }
  if (DECIMAL_COMMA.test(text)) return Number(text.replace(',', '.'));
  return dateOf(text) ?? ageOf(text, field);
}

/** Numbers that dates have; a bare number outside of them is none. */
export const DATE_RANGE = [1000_01_01, 9999_12_32] as const;
