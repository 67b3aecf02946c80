import { expect, it } from 'vitest';
import { LabelledRows, unknownPatientsNote } from './labelled-rows.ts';

/** Rows of every third id from 10 on. */
const rowsOf = (
  rows: readonly { patient: number | null; labels?: string[]; split?: string }[],
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
  const note = (...patients: (number | null)[]) =>
    unknownPatientsNote(rowsOf(patients.map((patient) => ({ patient }))));
  expect(note(5, 0)).toBeUndefined();
  expect(note(5, 0, null)).toMatch(/^The patients of 1 of 3 images/);
  expect(note(null)).toMatch(/^The patients of all 1 images/);
});

it('keeps rows as they were, also those of parts of them', () => {
  const large = 2 ** 40;
  const rows = rowsOf([
    { patient: large, labels: ['b', 'a'], split: 'val' },
    { patient: null, labels: ['a'] },
    { patient: 3, labels: ['b', 'a'], split: 'train' },
    { patient: null, labels: ['c'], split: 'train' },
    { patient: large, labels: ['d'], split: 'train' },
  ]);
  expect([...rows]).toEqual([
    { id: 10, labels: ['b', 'a'], patient: 1, split: 'val' },
    { id: 13, labels: ['a'], patient: -1, split: undefined },
    { id: 16, labels: ['b', 'a'], patient: 0, split: 'train' },
    { id: 19, labels: ['c'], patient: -2, split: 'train' },
    { id: 22, labels: ['d'], patient: 1, split: 'train' },
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
