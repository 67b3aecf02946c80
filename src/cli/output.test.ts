import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { printable, table } from './output.ts';

describe('tables', () => {
  const rows = [
    [1, 'XR/chest/pleural_effusion', 'a/very/long/way/to/the/picture/of/a/patient/0001.png'],
    [2, 'CT/head/haemorrhage', '胸部/レントゲン写真/とても長い名前/0002.png'],
  ];
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => stringWidth(line)));

  it.each([60, 72, 80])('fit a terminal of %i columns and keep the ends', (columns) => {
    const text = table(['rank', 'label', 'path'], rows, columns);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain('0001.png');
    expect(text).toContain('0002.png');
    expect(text).toContain('effusion');
  });

  it('are whole in a file', () => {
    const text = table(['rank', 'label', 'path'], rows, undefined);
    for (const cell of rows.flat()) expect(text).toContain(String(cell));
  });
});

describe('text for a terminal', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\rb\x07\0', 'a\\x0db\\x07\\x00'],
    ['C1 \x9b31m', 'C1 \\x9b31m'],
    ['turned \u202egnp.exe', 'turned \\u{202e}gnp.exe'],
    ['half \ud800', 'half \\u{d800}'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['胸部 é ‰', '胸部 é ‰'],
  ])('%j shows no control character', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
