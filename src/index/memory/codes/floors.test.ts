import { expect, it } from 'vitest';
import type { Floors } from './floors.ts';
import { ScanRoom } from './room.ts';
import { Survivors } from './survivors.ts';

/** What two shards tell each other of so many queries. */
function floorsOf(queries: number): [Floors, Floors] {
  const size = { dimension: 1, queries, shards: 2, answers: 0 };
  const room = new ScanRoom(size);
  room.clear();
  return [room.floors(0), new ScanRoom(size, room.buffer).floors(1)];
}

it('knows what is reached once every shard has told of its share', () => {
  const [one, other] = floorsOf(3);
  one.publish(1, 0.5);
  expect(one.reached(1)).toBe(Number.NEGATIVE_INFINITY);
  other.publish(1, -0.25);
  expect([one.reached(0), one.reached(1), one.reached(2)]).toEqual([-Infinity, -0.25, -Infinity]);
});

it('drops a row that k rows of all shards surpass, and no other', () => {
  const floors = floorsOf(1);
  const errors = new Float32Array(10);
  const survivors = [0, 1].map((shard) => {
    const told = { floors: floors[shard] as Floors, query: 0, share: 2 };
    return new Survivors(4, 0, errors, 100, told);
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
