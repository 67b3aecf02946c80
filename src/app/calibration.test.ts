import { afterAll, describe, expect, it } from 'vitest';
import { AdaptationSchema, StoredCalibrationSchema } from '../contract/calibration.ts';
import { madeUpHome } from '../testing/made-up-home.ts';

const home = await madeUpHome({ patients: 60 });
const { collection, semblance } = home;
afterAll(home.close);

describe('what labels teach', () => {
  it('is what similarities mean', async () => {
    const { calibration } = semblance;
    expect(() => calibration.stored({ collection })).toThrow(
      expect.objectContaining({ code: 'CALIBRATION_NOT_FOUND' }),
    );
    const told: unknown[] = [];
    const progress = (...step: unknown[]) => told.push(step);
    const fitted = await calibration.calibrate({ progress }, { collection, error: 0.2 });
    expect(StoredCalibrationSchema.parse(fitted)).toEqual(fitted);
    expect(fitted).toMatchObject({ encoder: 'made-up', error: 0.2, changed: 0, stale: false });
    expect(calibration.stored({ collection })).toEqual(fitted);
    const queries = fitted.fitted.queries;
    expect(told.at(-1)).toEqual([expect.any(Number), expect.any(Number), { unit: 'queries' }]);
    expect(queries).toBeGreaterThan(0);
  });

  it('is a space of its own, which answers where the plain one did', async () => {
    const ended = { signal: AbortSignal.abort() };
    const asked = { collection, name: 'adapted' };
    await expect(semblance.calibration.adapt(ended, asked)).rejects.toThrow('aborted');
    const adaptation = await semblance.calibration.adapt({}, { ...asked, force: true });
    expect(AdaptationSchema.parse(adaptation)).toEqual(adaptation);
    expect(adaptation).toMatchObject({ encoder: 'made-up', saved: true, used: true });
    expect(semblance.encoders.default({ collection })).toMatchObject({ encoder: 'adapted' });
  });
});
