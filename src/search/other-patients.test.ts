import { expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import { LabelledRows } from '../store/labelled-rows.ts';
import { OtherPatients } from './other-patients.ts';

const [COUNT, DIMENSION, K] = [400, 8, 10];

it('finds the nearest of other patients, however many images the own patient has around a query', async () => {
  const random = randomFrom(3);
  // Patients of one, of few and of many images; those of one lie near together.
  const patients = Array.from({ length: COUNT }, (_, i) => {
    if (i % 4 === 0) return null;
    return i % 4 === 1 ? `few ${i >> 4}` : `many ${i >> 6}`;
  });
  const values = Float32Array.from({ length: COUNT * DIMENSION }, (_, at) => {
    const patient = patients[Math.floor(at / DIMENSION)] ?? `${at}`;
    const centre = randomFrom(
      patient.length + Number(patient.split(' ').at(-1)) + (at % DIMENSION),
    );
    return centre() - 0.5 + 0.1 * random();
  });
  const names = [...new Set(patients)];
  const rows = LabelledRows.from(
    patients.map((patient, i) => ({
      ...{ id: 3 * i + 1, labels: ['a'], split: undefined },
      patient: patient === null ? null : names.indexOf(patient),
    })),
    COUNT,
  );
  const index = await FlatIndex.fromMatrix(DIMENSION, values, { ids: rows.ids });
  let searches = 0;
  const counted = Object.create(index, {
    search: {
      value: (...args: Parameters<FlatIndex['search']>) => {
        searches += 1;
        return index.search(...args);
      },
    },
  });
  const queries = Array.from(rows, ({ patient }, i) => ({
    patient,
    vector: values.subarray(i * DIMENSION, (i + 1) * DIMENSION),
  }));
  const found = await new OtherPatients(counted, rows).nearest(queries, K);
  // Some were searched with again, and by far not all.
  expect(searches).toBeGreaterThan(2);
  expect(searches).toBeLessThan(COUNT);
  const all = (
    await index.search(
      queries.map(({ vector }) => vector),
      COUNT,
    )
  ).neighbours;
  await index.release();
  const expected = all.map((hits, i) =>
    hits
      .filter(({ id }) => rows.patientAt(rows.placeOf(id) as number) !== queries[i]?.patient)
      .slice(0, K),
  );
  expect(found).toEqual(expected);
});
