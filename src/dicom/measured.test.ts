import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PixelValues } from '../contract/dicom.ts';
import { shadeOf } from '../domain/window.ts';
import { elements, type MadeElement, picture } from '../testing/dicom.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { readDicom } from './instance.ts';
import { type MeasuredFrame, measured } from './measured.ts';
import { shown } from './picture.ts';

async function frameOf(from: string | Uint8Array) {
  const instance = readDicom(from);
  const frame = await instance.frame(0);
  return { instance, frame, found: measured(instance, frame, 0) };
}

const made = (values: number[], others: MadeElement[] = []) =>
  frameOf(
    elements(
      picture(
        values.map((value) => value & 0xffff),
        values.length,
        others,
      ),
    ),
  );

/** The values of the samples; null of those that are none. */
const valuesOf = ({ data, values: { slope, intercept } }: MeasuredFrame) =>
  [...data].map((sample) => (sample === 0 ? null : slope * sample + intercept));

/** The greys of a display that knows nothing but the answer. */
function display({ data, values }: MeasuredFrame): Uint8Array {
  const [window] = values.windows as [PixelValues['windows'][number]];
  const { center, width, curve } = window;
  const linear = shadeOf({
    center,
    width,
    function: window.function === 'TABLE' ? 'LINEAR_EXACT' : window.function,
  });
  const shade = (value: number) => {
    const grey = linear(value);
    return curve ? (curve[Math.round(grey * (curve.length - 1))] as number) / 255 : grey;
  };
  return Uint8Array.from(data, (sample) => {
    if (sample === 0) return 0;
    const grey = shade(values.slope * sample + values.intercept);
    return Math.round(255 * (values.inverted ? 1 - grey : grey));
  });
}

describe('measured values', () => {
  it('are Hounsfield units of a CT, exactly', async () => {
    const { found } = await made(
      [-1024, 0, 1, 3071],
      [
        ['Modality', 'CT'],
        ['PixelRepresentation', 1],
        ['RescaleIntercept', '-1000'],
        ['RescaleSlope', '1'],
        ['WindowCenter', '40\\600'],
        ['WindowWidth', '400\\2000'],
      ],
    );
    expect(valuesOf(found as MeasuredFrame)).toEqual([-2024, -1000, -999, 2071]);
    expect(found?.values).toMatchObject({
      ...{ exact: true, unit: 'HU', hounsfield: true, inverted: false, width: 4, height: 1 },
      windows: [
        { source: 'file', center: 40, width: 400 },
        { center: 600, width: 2000 },
      ],
    });
  });

  it('leave out padding and what is behind a shutter', async () => {
    const { found } = await made(
      [5, 7, 9, 11],
      [
        ['PixelPaddingValue', 7],
        ['ShutterShape', 'RECTANGULAR'],
        ['ShutterLeftVerticalEdge', '1'],
        ['ShutterRightVerticalEdge', '3'],
        ['ShutterUpperHorizontalEdge', '1'],
        ['ShutterLowerHorizontalEdge', '1'],
      ],
    );
    expect(valuesOf(found as MeasuredFrame)).toEqual([5, null, 9, null]);
  });

  it('say so where 16 bits do not hold them exactly', async () => {
    const { found } = await made([0, 1000, 65_535]);
    expect(found?.values.exact).toBe(false);
    valuesOf(found as MeasuredFrame).forEach((value, i) => {
      expect(Math.abs((value as number) - ([0, 1000, 65_535][i] as number))).toBeLessThan(1);
    });
  });

  it('have the size that the picture has when its pixels are square', async () => {
    const { found } = await made([1, 2], [['PixelSpacing', '2\\1']]);
    expect([found?.width, found?.height, found?.values.width, found?.values.height]).toEqual([
      2, 1, 2, 2,
    ]);
  });

  it('call no unit what is free text', async () => {
    for (const unit of ['of DOE^JANE', 'DOE']) {
      const { found } = await made([1], [['RescaleType', unit]]);
      expect(found?.values.unit).toBeUndefined();
    }
  });
});

const present = hasShared('dicom/expected.json');
const files: { file: string; decoded?: boolean }[] = present
  ? JSON.parse(readFileSync(sharedPath('dicom/expected.json'), 'utf8'))
  : [];

describe.skipIf(!present)('measured values of files of many makers', () => {
  it.each(files.filter(({ decoded }) => decoded))(
    'of $file give the picture that encoders see',
    async ({ file }) => {
      const { instance, frame, found } = await frameOf(sharedPath(`dicom/files/${file}`));
      try {
        const isGrey = frame.samples === 1 && frame.photometric.startsWith('MONOCHROME');
        expect(found !== undefined).toBe(isGrey);
        if (found === undefined) return;
        const seen = shown(instance, frame, 0, { kind: 'default' });
        expect([found.values.width, found.values.height]).toEqual([seen.width, seen.height]);
        // Where pixels are not square, the picture has others.
        if (seen.data.length !== found.data.length) return;
        const greys = display(found);
        let most = 0;
        for (let i = 0; i < greys.length; i++) {
          most = Math.max(most, Math.abs((greys[i] as number) - (seen.data[i] as number)));
        }
        expect(most).toBeLessThanOrEqual(found.values.windows[0]?.curve ? 2 : 1);
      } finally {
        instance.close();
      }
    },
  );
});
