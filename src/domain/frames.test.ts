import { expect, it } from 'vitest';
import { chosenFrames, parseFrames } from './frames.ts';

it.each([
  ['all', 3, [1, 2, 3]],
  ['middle', 4, [2]],
  ['middle', 5, [3]],
  [' Middle ', 1, [1]],
  ['every:3', 8, [1, 4, 7]],
  ['every:100', 8, [1]],
  ['2', 3, [2]],
  ['5-9, 1,9', 7, [1, 5, 6, 7]],
  ['all', 0, []],
  ['middle', 0, []],
])('"%s" of %i frames', (text, total, frames) => {
  expect(chosenFrames(parseFrames(text), total)).toEqual(frames);
});

it.each(['', 'every:0', '0', '3-1', '1;2', 'last', '1,', '-1'])('refuses "%s"', (text) => {
  expect(() => parseFrames(text)).toThrow(expect.objectContaining({ code: 'FRAMES_INVALID' }));
});
