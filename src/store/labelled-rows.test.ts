import { expect, it } from 'vitest';
import { unknownPatientsNote } from './labelled-rows.ts';

it('says whose patients are not known', () => {
  const row = (id: number, patient: string) => ({ id, labels: ['a'], patient, split: undefined });
  const known = [row(1, '[null,"p"]'), row(2, '[null,"image 2"]')];
  expect(unknownPatientsNote(known)).toBeUndefined();
  expect(unknownPatientsNote([...known, row(3, 'image 3')])).toMatch(
    /^The patients of 1 of 3 images/,
  );
  expect(unknownPatientsNote([row(3, 'image 3')])).toMatch(/^The patients of all 1 images/);
});
