import { expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { float32Text } from './float32-text.ts';

it('writes a float as numpy 2.4 does when it joins it to a path', () => {
  // numpy.concatenate((paths, numpy.array([...], dtype=numpy.float32)), axis=1)
  const numpy: [number, string][] = [
    [0, '0.0'],
    [1, '1.0'],
    [1e-4, '1e-04'],
    [9.9999e-5, '9.9999e-05'],
    [1e-5, '1e-05'],
    [0.1, '0.1'],
    [0.12345679, '0.12345679'],
    [1 / 3, '0.33333334'],
    [0.00012345678, '0.00012345678'],
    [0.99999994, '0.99999994'],
    [5e-5, '5e-05'],
    [2 ** -12, '0.00024414062'],
    [2 ** -20, '9.536743e-07'],
    [2 ** -24, '5.9604645e-08'],
    [1.5e-13, '1.5e-13'],
    [1.17549435e-38, '1.1754944e-38'],
    [2 ** -149, '1e-45'],
  ];
  for (const [value, text] of numpy) expect(float32Text(Math.fround(value))).toBe(text);
});

it('reads back as the same float, and no shorter text does', () => {
  const random = randomFrom(3);
  for (let i = 0; i < 20_000; i++) {
    const value = Math.fround(Math.exp(-80 * random()));
    const text = float32Text(value);
    expect(Math.fround(Number(text))).toBe(value);
    const digits = text.replace(/e.*/, '').replace(/^0\.0*|\./g, '').length;
    const shorter = Number(value.toPrecision(Math.max(1, digits - 1)));
    if (digits > 1) expect(Math.fround(shorter), text).not.toBe(value);
  }
});
