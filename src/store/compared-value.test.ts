import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { isDate, numberOf } from '../domain/search-language/compared-value.ts';
import { LOOKS_LIKE_DATE } from './filter.ts';

/** Seconds of a day as its part. */
const at = (day: number, hours: number, minutes: number, seconds: number) =>
  day + (hours * 3600 + minutes * 60 + seconds) / 86_400;

describe('values that are compared', () => {
  // The moments are those that pandas.to_datetime gives for the text.
  it.each<[string, number | null]>([
    ['2019-03-05', 20190305],
    ['2019-3-5', 20190305],
    ['2019/03/05', 20190305],
    ['2019.03.05', 20190305],
    ['2019:03:05 10:11:12', at(20190305, 10, 11, 12)],
    ['20190305', 20190305],
    ['2019-03', 20190301],
    ['2019-03-05T10:11:12', at(20190305, 10, 11, 12)],
    ['2019-03-05 10:11:12', at(20190305, 10, 11, 12)],
    ['2019-03-05T10:11:12.123', at(20190305, 10, 11, 12.123)],
    ['2019-03-05T10:11:12Z', at(20190305, 10, 11, 12)],
    // The day is that of the place: a zone moves nothing.
    ['2019-03-05T23:11:12-05:00', at(20190305, 23, 11, 12)],
    ['2019-03-05T10:11', at(20190305, 10, 11, 0)],
    ['2019/03/05 10:11', at(20190305, 10, 11, 0)],
    ['20190305101112', at(20190305, 10, 11, 12)],
    ['20190305101112.000000', at(20190305, 10, 11, 12)],
    ['20190305101112.5+0100', at(20190305, 10, 11, 12.5)],
    ['2020-02-29', 20200229],
    // No such day, or one that could be two.
    ['2019-02-29', null],
    ['2019-02-30', null],
    ['2019-13-01', null],
    ['2019-03-05 24:01', null],
    ['05.03.2019', null],
    ['03/05/2019', null],
    ['5 Mar 2019', null],
    ['2019-03-05x', null],
    // Numbers.
    ['58', 58],
    ['58.0', 58],
    ['5e1', 50],
    ['-1', -1],
    ['+.5', 0.5],
    [' 60 ', 60],
    ['58,5', 58.5],
    ['1,234', null],
    ['1 234', null],
    ['1551744000', 1551744000],
    ['５８', null],
    ['0x10', null],
    ['Infinity', null],
    ['nan', null],
    ['', null],
    // Ages in years.
    ['058Y', 58],
    ['58Y', 58],
    ['58 years', 58],
    ['58yo', 58],
    ['58-year-old', 58],
    ['006M', 0.5],
    ['012W', 84 / 365.25],
    ['003D', 3 / 365.25],
    // Not an age: the kind of a picture.
    ['3D', null],
    ['18 months', null],
    ['T1', null],
  ])('reads %s', (text, expected) => {
    const number = numberOf(text);
    if (expected === null || number === null) expect(number).toBe(expected);
    else expect(number).toBeCloseTo(expected, 9);
  });

  it('takes months, weeks and days for ages where the field is named so', () => {
    for (const field of ['age', 'Patient Age', 'PatientAge', 'patients_age', 'AgeAtScan']) {
      expect(numberOf('18 months', field), field).toBe(1.5);
    }
    for (const field of ['stage', 'image', 'dosage', 'duration']) {
      expect(numberOf('18 months', field), field).toBeNull();
    }
  });

  it('knows dates in SQL as it does in this language', () => {
    const db = new Database(':memory:');
    const query = db.prepare(`SELECT ${LOOKS_LIKE_DATE} AS found FROM (SELECT ? AS value)`);
    const look = (text: string) => (query.get([text]) as { found: number }).found;
    for (const text of ['2019-03-05', '2019/3/5', '2019.03.05', '2019-03', '2019:03:05 01:02:03']) {
      expect([text, isDate(text), look(text)]).toEqual([text, true, 1]);
    }
    for (const text of [
      '2019',
      '2019.5',
      '20190305',
      '20190305101112.5',
      '058Y',
      '2019e3',
      '-2019',
    ]) {
      expect([text, isDate(text), look(text)]).toEqual([text, false, 0]);
    }
    db.close();
  });
});
