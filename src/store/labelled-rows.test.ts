import { expect, it } from 'vitest';
import { LabelledRows, unknownPatientsNote } from './labelled-rows.ts';

/** Rows of every third id from 10 on. */
const rowsOf = (
  rows: readonly { patient: string | null; labels?: string[]; split?: string }[],
): LabelledRows =>
  LabelledRows.from(
    rows.map(({ labels = ['a'], split, patient }, i) => ({
      id: 10 + 3 * i,
      labels,
      split,
      patient,
    })),
    rows.length + 5,
  );

it('says whose patients are not known', () => {
  const note = (...patients: (string | null)[]) =>
    unknownPatientsNote(rowsOf(patients.map((patient) => ({ patient }))));
  expect(note('[null,"p"]', '[null,"image 2"]')).toBeUndefined();
  expect(note('[null,"p"]', '[null,"image 2"]', null)).toMatch(/^The patients of 1 of 3 images/);
  expect(note(null)).toMatch(/^The patients of all 1 images/);
});

it('keeps rows as they were, also those of parts of them', () => {
  const rows = rowsOf([
    { patient: 'p', labels: ['b', 'a'], split: 'val' },
    { patient: null, labels: ['a'] },
    { patient: 'q', labels: ['b', 'a'], split: 'train' },
    { patient: null, labels: ['c'], split: 'train' },
    { patient: 'p', labels: ['d'], split: 'train' },
  ]);
  expect([...rows]).toEqual([
    { id: 10, labels: ['b', 'a'], patient: 'p', split: 'val' },
    { id: 13, labels: ['a'], patient: 'image 13', split: undefined },
    { id: 16, labels: ['b', 'a'], patient: 'q', split: 'train' },
    { id: 19, labels: ['c'], patient: 'image 19', split: 'train' },
    { id: 22, labels: ['d'], patient: 'p', split: 'train' },
  ]);
  expect(rows.labelNames()).toEqual(['a', 'b', 'c', 'd']);
  expect(rows.patients()).toEqual({ count: 4, of: Int32Array.of(0, 1, 2, 3, 0), unknown: 2 });
  expect([...rows.ofPatient(0)]).toEqual([10, 22]);
  expect([...rows.ofPatient(1)]).toEqual([13]);
  expect([10, 11, 22, 23, 1].map((id) => rows.placeOf(id))).toEqual([
    0,
    undefined,
    4,
    undefined,
    undefined,
  ]);

  const train = rows.part('train');
  expect([...train]).toEqual([...rows].slice(2));
  expect(train.patients()).toEqual({ count: 3, of: Int32Array.of(0, 1, 2), unknown: 1 });
  expect(rows.part('test').length).toBe(0);
});
