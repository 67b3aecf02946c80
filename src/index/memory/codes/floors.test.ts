import { expect, it } from 'vitest';
import { Floors } from './floors.ts';
import { Survivors } from './survivors.ts';

it('knows what is reached once every shard has told of its share', () => {
  const room = Floors.room(2, 3);
  const [one, other] = [new Floors(room, 0, 2), new Floors(room, 1, 2)];
  one.publish(1, 0.5);
  expect(one.reached(1)).toBe(Number.NEGATIVE_INFINITY);
  other.publish(1, -0.25);
  expect([one.reached(0), one.reached(1), one.reached(2)]).toEqual([-Infinity, -0.25, -Infinity]);
});

it('drops a row that k rows of all shards surpass, and no other', () => {
  const room = Floors.room(2, 1);
  const errors = new Float32Array(10);
  const survivors = [0, 1].map((shard) => {
    const floors = new Floors(room, shard, 2);
    return new Survivors(4, 0, errors, 100, { floors, query: 0, share: 2 });
  }) as [Survivors, Survivors];
  [0.9, 0.8, 0.1].forEach((upper, row) => {
    survivors[0].add(row, upper);
  });
  [0.7, 0.5, 0.5, 0.4].forEach((upper, row) => {
    survivors[1].add(row, upper);
  });
  survivors[0].settle();
  expect(survivors[0].count).toBe(3);
  survivors[1].settle();
  survivors[0].settle();
  expect([...survivors[0].rows.subarray(0, survivors[0].count)]).toEqual([0, 1]);
  expect([...survivors[1].rows.subarray(0, survivors[1].count)]).toEqual([0, 1, 2]);
});
