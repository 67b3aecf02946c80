import type { InstanceFacts } from './facts.ts';

/** What stands in the place of a name and names nobody. */
const NOBODY = /^(anon.*|patient|phantom|unknown|test|name|none|mr|mrs|dr)$/;
/** From so many letters and digits on a name counts inside a longer word, and a number inside longer digits. */
const LONG_NAME = 4;
const LONG_NUMBER = 8;

/** Letters and digits alone, whatever their case, accents and separators. */
function tight(text: string): string {
  return wordsOf(text).join('');
}

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A day as it is written in names of files. */
function datesOf(day = ''): string[] {
  const [, year, month, date] = /^(\d{4})(\d{2})(\d{2})$/.exec(day) ?? [];
  return year === undefined ? [] : [day, `${date}${month}${year}`, `${month}${date}${year}`];
}

/** Ideographs and syllables, of which two are a whole name. */
const isDense = (text: string) =>
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text.normalize('NFC'));

/**
 * Whether texts name the person that an object is of: part of the name, an identifier, the day of
 * birth or of the study, or a UID, in any
 * case, with any separators. Names of one letter and words such as "phantom" count for nothing.
 */
export function namesPerson(identity: InstanceFacts['identity']): (text: string) => boolean {
  const { PatientName = '', PatientID, AccessionNumber, PatientBirthDate, StudyDate } = identity;
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = identity;
  const numbers = [PatientID, AccessionNumber, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID];
  const marks = new Set(
    [
      ...numbers.map((each) => tight(each ?? '')),
      ...datesOf(PatientBirthDate),
      ...datesOf(StudyDate),
      ...wordsOf(PatientName),
    ].filter((each) => each.length > 1 && !NOBODY.test(each)),
  );
  return (text) => {
    if (marks.size === 0) return false;
    const words = wordsOf(text);
    const whole = words.join('');
    const parts = new Set([whole, ...words, ...whole.split(/\D+/)]);
    return [...marks].some((mark) => {
      if (parts.has(mark)) return true;
      const least = /^\d+$/.test(mark) ? LONG_NUMBER : LONG_NAME;
      return (mark.length >= least || isDense(mark)) && whole.includes(mark);
    });
  };
}
