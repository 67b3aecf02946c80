import type { Adaptation, CalibrationFigures, StoredCalibration } from '../contract/calibration.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import { type Calibration, type Figures, STALE } from '../search/calibration/calibration.ts';
import { drift } from '../search/calibration/drift.ts';
import { readCalibration } from '../search/calibration/stored-calibration.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { type Call, counting } from './call.ts';
import type { OpenCollections } from './open-collections.ts';

/** An encoder of a collection. */
interface EncoderOf {
  collection: string;
  /** By default that of the collection. */
  encoder?: string | undefined;
}

/** What is to be calibrated. */
export interface CalibrateRequest extends EncoderOf {
  /** Errors among good matches at the most; 0.1 by default. */
  error?: number | undefined;
  /** What is shared: `label` by default, or a metadata field. */
  field?: string | undefined;
}

/** What is to be adapted. */
export interface AdaptRequest extends EncoderOf {
  /** Name of the adapted encoder. */
  name: string;
  /** What images should share: `label` by default, or a metadata field. */
  field?: string | undefined;
  /** Save it and use it also when it is not better. */
  force?: boolean | undefined;
}

/** What the labels of a collection teach: what similarities mean, and how to see what the labels tell apart. */
export class CalibrationService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
    private readonly provider: ProviderChoice,
  ) {}

  /**
   * Fits what similarities mean, and stores it.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND,
   *   CALIBRATION_IMPOSSIBLE
   */
  async calibrate(call: Call, request: CalibrateRequest): Promise<StoredCalibration> {
    const { calibrate } = await import('../search/calibration/calibrate.ts');
    const { collection, encoder: name, error, field } = request;
    return this.directory.whileOpen(collection, async (store) => {
      const encoder = chooseEncoder(store, name);
      const calibration = await calibrate(store, encoder, {
        ...(error !== undefined && { error }),
        ...(field !== undefined && { field }),
        onProgress: counting(call, { unit: 'queries' }),
        warn: (sentence) => this.directory.logger.warn(sentence),
      });
      store.encoders.saveCalibration(encoder.fingerprint, JSON.stringify(calibration));
      return toStored(collection, store, calibration);
    });
  }

  /**
   * The stored calibration.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND,
   *   CALIBRATION_NOT_FOUND, CALIBRATION_DAMAGED
   */
  stored({ collection, encoder: name }: EncoderOf): StoredCalibration {
    const store = this.collections.store(collection);
    const encoder = chooseEncoder(store, name);
    const calibration = readCalibration(store, encoder);
    if (calibration === undefined) {
      throw new SemblanceError('CALIBRATION_NOT_FOUND', 'There is nothing to show.', {
        subject: encoder.name,
      });
    }
    return toStored(collection, store, calibration);
  }

  /**
   * Fits a space in which images of one label lie nearer together, and saves it as an encoder of its own
   * if that is better. It becomes the collection's default when the adapted one was.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, ADAPT_IMPOSSIBLE,
   *   USAGE (the name)
   */
  async adapt(
    call: Call,
    { collection, encoder: baseName, name, field, force = false }: AdaptRequest,
  ): Promise<Adaptation> {
    const { fitAdaptation } = await import('../search/adapt/adapt.ts');
    const { compareOnParts } = await import('../search/adapt/compare-on-parts.ts');
    const { checkTarget, saveAdaptation } = await import('../search/adapt/save.ts');
    const { directory, provider } = this;
    return directory.whileOpen(collection, async (store) => {
      const answering = chooseEncoder(store);
      const base = chooseEncoder(store, baseName);
      const target = { store, base, name, folder: directory.encodersFolder };
      await checkTarget(target);
      const fits = counting(call, { unit: 'fits' });
      const adaptation = await fitAdaptation(store, base, field, fits);
      const parts = await compareOnParts(store, base, adaptation, {
        provider,
        onProgress: counting(call, { unit: 'queries' }),
      });
      const saved = adaptation.better || force;
      // Another encoder that answers was chosen by somebody: it stays.
      const used = saved && answering.id === base.id;
      if (saved) {
        const embeddings = counting(call, { unit: 'embeddings' });
        const encoder = await saveAdaptation(target, adaptation, embeddings, { provider });
        if (used) store.encoders.activate(encoder, true);
      }
      const { projection, ...figures } = adaptation;
      const bytes = projection.length;
      return { collection, encoder: base.name, name, ...figures, bytes, parts, saved, used };
    });
  }
}

function toStored(
  collection: string,
  store: ReadableCollection,
  { sample, ...calibration }: Calibration,
): StoredCalibration {
  const changed = drift(store, { sample, ...calibration });
  const { levels, figures } = calibration;
  return {
    collection,
    ...calibration,
    levels: levels.map(({ chosenOn, measured, ...level }) => ({
      ...level,
      chosenOn: { ...chosenOn, coverage: known(chosenOn.coverage) },
      measured: measured && { ...measured, coverage: known(measured.coverage) },
    })),
    figures: {
      choose: toFigures(figures.choose),
      measure: figures.measure && toFigures(figures.measure),
    },
    changed,
    stale: changed > STALE,
  };
}

function toFigures({ queries, patients, ...of }: Figures): CalibrationFigures {
  const reliability = (each: Figures['nearest']) => ({
    ...each,
    expectedCalibrationError: known(each.expectedCalibrationError),
    brier: known(each.brier),
  });
  return {
    queries,
    patients,
    nearest: reliability(of.nearest),
    neighbours: reliability(of.neighbours),
    bySimilarity: reliability(of.bySimilarity),
  };
}

/** A figure of nothing is no number, for which JSON has null. */
function known(figure: number): number | null {
  return Number.isNaN(figure) ? null : figure;
}
