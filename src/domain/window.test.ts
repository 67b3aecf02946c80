import { expect, it } from 'vitest';
import { parseWindow, windowText } from './window.ts';

it.each([
  ['40/400', { kind: 'values', center: 40, width: 400 }],
  ['-600.5/1500', { kind: 'values', center: -600.5, width: 1500 }],
  ['lung', { kind: 'preset', name: 'lung' }],
  ['file', { kind: 'file', index: 0 }],
  ['file:2', { kind: 'file', index: 1 }],
  ['default', { kind: 'default' }],
  [
    'lung,soft-tissue,400/1800',
    {
      kind: 'channels',
      windows: [
        { kind: 'preset', name: 'lung' },
        { kind: 'preset', name: 'soft-tissue' },
        { kind: 'values', center: 400, width: 1800 },
      ],
    },
  ],
] as const)('reads %s, and writes it as it was', (text, choice) => {
  expect(parseWindow(text)).toEqual(choice);
  expect(windowText(choice)).toBe(text);
});

it.each(['', '40', '40/0', '40/-1', 'liver', 'lung,bone', 'file:0', '1e9/2', 'constructor'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseWindow(text)).toThrow(expect.objectContaining({ code: 'WINDOW_INVALID' }));
  },
);
