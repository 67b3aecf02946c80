/**
 * CMYK of 8 bits (0 for no ink) as RGB, as Pillow's `convert('RGB')` computes it: without a
 * profile of inks, so that a grey picture stays the grey it was.
 *
 * @param inks four bytes a pixel
 * @returns three bytes a pixel
 */
export function cmykToRgb(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4, to += 3) {
    const paper = 255 - (inks[from + 3] as number);
    for (let ink = 0; ink < 3; ink++) {
      // Pillow's MULDIV255: the rounded product of two fractions of 255.
      const product = (inks[from + ink] as number) * paper + 128;
      rgb[to + ink] = Math.max(0, paper - ((product + (product >> 8)) >> 8));
    }
  }
  return rgb;
}

/** CIE L*a*b* under D50 as XYZ of the illuminant that is white; CIE 15. */
function labToXyz(l: number, a: number, b: number): [number, number, number] {
  const y = (l + 16) / 116;
  const cube = (t: number) => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29));
  return [0.9642 * cube(y + a / 500), cube(y), 0.8249 * cube(y - b / 200)];
}

const gamma = (linear: number) =>
  255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);

/**
 * CIE L*a*b* as sRGB. The matrix is that of XYZ under D50 to linear sRGB, adapted by Bradford's
 * method, as profiles of the ICC have it.
 *
 * @param lab L of 0 to 100, a and b, for each pixel
 * @returns three bytes a pixel
 */
export function labToRgb(lab: ArrayLike<number>): Uint8Array {
  // A clamped array rounds and cuts what sRGB does not have.
  const rgb = new Uint8ClampedArray(lab.length);
  for (let i = 0; i < lab.length; i += 3) {
    const [x, y, z] = labToXyz(lab[i] as number, lab[i + 1] as number, lab[i + 2] as number);
    rgb[i] = gamma(3.1338561 * x - 1.6168667 * y - 0.4906146 * z);
    rgb[i + 1] = gamma(-0.9787684 * x + 1.9161415 * y + 0.033454 * z);
    rgb[i + 2] = gamma(0.0719453 * x - 0.2289914 * y + 1.4052427 * z);
  }
  return new Uint8Array(rgb.buffer);
}
