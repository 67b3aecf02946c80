/** Significant digits that tell every 32-bit float from the others. */
const ALWAYS = 9;

/** Powers of ten that doubles have exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** What is less is not scaled exactly by one of them. */
const LEAST = 1e-13;

/** Below this numpy writes an exponent. */
const POSITIONAL = 1e-4;

/** The nearest whole number, of two the even one. */
function evenly(value: number): number {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 === 1 ? up - 1 : up;
}

/** The fewest significant digits that read back as a number of `LEAST` to 1, and the power of the first of them. */
function shortest(value: number): [digits: string, power: number] {
  const power = Math.floor(Math.log10(value));
  let found = 0;
  for (let count = ALWAYS; count > 0; count--) {
    const scale = POWERS[count - 1 - power] as number;
    const digits = evenly(value * scale);
    if (count < ALWAYS && Math.fround(digits / scale) !== value) break;
    // Rounded up to the next power of ten: it has one digit more, all zeros but the first.
    if (digits === POWERS[count]) return ['1', power + 1];
    found = digits;
  }
  return [String(found), power];
}

/** As `shortest`, of a number that is too small for it, with its exponent. */
function tiny(value: number): string {
  let found = value.toExponential(ALWAYS - 1);
  for (let count = ALWAYS - 1; count > 0; count--) {
    const shorter = value.toExponential(count - 1);
    if (Math.fround(Number(shorter)) !== value) break;
    found = shorter;
  }
  return found;
}

/**
 * A 32-bit float of 0 to 1 as numpy writes it: the shortest decimal that reads back the same, with an exponent below
 * 0.0001. The study's test images have 28 million probabilities of one encoder, for which JavaScript's own way,
 * `toPrecision` with ever fewer digits, would take a minute.
 */
export function float32Text(value: number): string {
  if (Number.isInteger(value)) return `${value}.0`;
  if (!(value > 0)) return String(value);
  if (value < LEAST) return tiny(value);
  const [digits, power] = shortest(value);
  if (value >= POSITIONAL) return `0.${'0'.repeat(-power - 1)}${digits}`;
  const rest = digits.slice(1);
  return `${digits[0]}${rest && `.${rest}`}e-${String(-power).padStart(2, '0')}`;
}
