import { describe, expect, it } from 'vitest';
import { namesPerson } from './names.ts';

describe('a text', () => {
  const names = namesPerson({
    PatientName: 'Müller-Lüdenscheidt^Li=山田^太郎',
    PatientID: '0042',
    PatientBirthDate: '19610203',
    StudyInstanceUID: '1.2.3.45678',
  });

  it.each([
    ...[
      'Mueller vs. MULLER',
      'mu\u0308ller',
      'muller_lu',
      'luedenscheidt ludenscheidt.dcm',
      'LI',
      '山田のCT',
    ],
    ...['0042', 'IM_0042_7', '1961-02-03', '03.02.1961', 'CT19610203', '1.2.3.45678.dcm'],
  ])('that has part of a name, a number or a day of the person names it: %s', (text) => {
    expect(names(text)).toBe(true);
  });

  it.each(['IM10042', 'CT', 'limb', 'series 1', '2019', ''])(
    'that has none does not: %s',
    (text) => {
      expect(names(text)).toBe(false);
    },
  );

  it('names nobody by words for nobody', () => {
    const anonymous = namesPerson({ PatientName: 'Anonymous^Test^A', PatientID: '1' });
    expect(['anonymous', 'test', 'a', '1', 'phantom'].filter(anonymous)).toEqual([]);
    expect(namesPerson({})('anything')).toBe(false);
  });
});
