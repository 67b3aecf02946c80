import { SemblanceError } from '../domain/errors/error.ts';
import { type Activation, defaultEncoder, inForce, parseActivations } from './activations.ts';
import type { CollectionState } from './collection-state.ts';
import type { Connection } from './connection.ts';
import { storeError } from './database.ts';
import type { ImageTable } from './image-table.ts';
import type { StoredEncoder } from './records.ts';

/** Key of the default encoders' history in `meta`. */
const ACTIVATIONS = 'activations';

function calibrationKey(fingerprint: string): string {
  return `calibration ${fingerprint}`;
}

/** The encoders of a collection, which of them is its default, and their calibrations. */
export class EncoderTable {
  constructor(
    private readonly connection: Connection,
    private readonly state: CollectionState,
    private readonly images: ImageTable,
  ) {}

  /**
   * The id of an encoder, registered when its fingerprint is new. The definition of a known one
   * is renewed, because its model file may have moved.
   */
  register(encoder: Omit<StoredEncoder, 'id' | 'embeddings'>): number {
    return this.connection.write(() => {
      this.keepDefault(encoder.fingerprint);
      this.connection.run(
        `INSERT INTO encoders (name, fingerprint, dimension, definition) VALUES (?, ?, ?, ?)
         ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, definition = excluded.definition`,
        encoder.name,
        encoder.fingerprint,
        encoder.dimension,
        encoder.definition,
      );
      const row = this.connection.get(
        'SELECT id FROM encoders WHERE fingerprint = ?',
        encoder.fingerprint,
      );
      return (row as { id: number }).id;
    });
  }

  /** The encoders that are registered here; of one name, the last registered comes first. */
  list(): StoredEncoder[] {
    return this.connection
      .all<Omit<StoredEncoder, 'embeddings'>>(
        'SELECT id, name, fingerprint, dimension, definition FROM encoders ORDER BY id DESC',
      )
      .map((encoder) => ({ ...encoder, embeddings: this.state.embeddings(encoder.id) }));
  }

  /** How many images have no embedding of an encoder. */
  countMissing(encoderId: number): number {
    return this.images.count() - this.state.embeddings(encoderId);
  }

  /** The encoder that answers when none is named; undefined while there are no embeddings. */
  default(): StoredEncoder | undefined {
    const filled = this.list().filter(({ embeddings }) => embeddings > 0);
    return defaultEncoder(filled, this.activations());
  }

  /**
   * Which encoders were the collection's default, oldest first; empty while none was chosen.
   * @throws SemblanceError COLLECTION_DAMAGED
   */
  activations(): Activation[] {
    try {
      return parseActivations(this.connection.meta(ACTIVATIONS));
    } catch (cause) {
      if (cause instanceof SemblanceError) throw cause;
      throw new SemblanceError(
        'COLLECTION_DAMAGED',
        'The history of its default encoders cannot be read.',
        { subject: this.connection.file, cause },
      );
    }
  }

  /**
   * Makes an encoder the collection's default, at once for every process.
   * @param allowIncomplete also when images have no embedding of it
   * @throws SemblanceError ENCODER_INCOMPLETE
   */
  activate(encoder: StoredEncoder, allowIncomplete = false): void {
    this.connection.write(() => {
      if (inForce(this.activations())?.fingerprint === encoder.fingerprint) return;
      const missing = this.countMissing(encoder.id);
      if (missing > 0 && !allowIncomplete) {
        throw new SemblanceError(
          'ENCODER_INCOMPLETE',
          `${missing} of ${this.images.count()} images have no embedding of it.`,
          { subject: encoder.name },
        );
      }
      this.appendActivation(encoder);
    });
  }

  /**
   * Ends a run that encoded every image: a new form of the default encoder (same name, changed model or
   * settings) takes its place, because the old form cannot encode new pictures any more.
   */
  promote(encoderId: number): void {
    this.connection.write(() => {
      const encoder = this.list().find(({ id }) => id === encoderId);
      const before = inForce(this.activations());
      const renewed =
        encoder?.name === before?.name && encoder?.fingerprint !== before?.fingerprint;
      if (encoder && renewed && this.countMissing(encoderId) === 0) this.appendActivation(encoder);
    });
  }

  /**
   * Goes back to the default encoder before the present one.
   * @returns what is the default now
   * @throws SemblanceError ENCODER_NOT_FOUND when there is none to go back to
   */
  rollBack(): Activation {
    return this.connection.write(() => {
      const history = this.activations();
      const present = inForce(history);
      const earlier = inForce(history.slice(0, present && history.indexOf(present)));
      const kept = this.list().some(({ fingerprint }) => fingerprint === earlier?.fingerprint);
      if (present === undefined || earlier === undefined || !kept) {
        throw new SemblanceError(
          'ENCODER_NOT_FOUND',
          earlier === undefined
            ? 'No other encoder was the default before.'
            : 'The default before it was dropped.',
          { subject: (earlier ?? present)?.name ?? '' },
        );
      }
      present.rolledBack = new Date().toISOString();
      this.saveActivations(history);
      return earlier;
    });
  }

  /** Removes an encoder with all its embeddings, and gives the space back to the disk. */
  drop(encoderId: number): void {
    this.connection.write(() => {
      this.connection.run('DELETE FROM embeddings WHERE encoder_id = ?', encoderId);
      this.connection.run('DELETE FROM encoders WHERE id = ?', encoderId);
      this.state.clear(encoderId);
    });
    try {
      this.connection.db.exec('VACUUM');
    } catch (error) {
      const coded = storeError(error, this.connection.file);
      // Another process reads or writes; SQLite uses the free pages for what comes next.
      if (coded.code !== 'COLLECTION_BUSY') throw coded;
    }
  }

  /** What `saveCalibration` stored for an encoder. */
  calibration(fingerprint: string): string | undefined {
    return this.connection.meta(calibrationKey(fingerprint));
  }

  /** Stores the calibration of an encoder here, in place of an earlier one. */
  saveCalibration(fingerprint: string, json: string): void {
    this.connection.write(() => this.connection.setMeta(calibrationKey(fingerprint), json));
  }

  /** Before another encoder comes in, the one that answers now is noted as the default. */
  private keepDefault(fingerprint: string): void {
    const present = this.default();
    if (present === undefined || present.fingerprint === fingerprint) return;
    if (inForce(this.activations()) === undefined) this.appendActivation(present);
  }

  private appendActivation({ fingerprint, name, id }: StoredEncoder): void {
    const entry: Activation = {
      fingerprint,
      name,
      at: new Date().toISOString(),
      embeddings: this.state.embeddings(id),
      images: this.images.count(),
      rolledBack: null,
    };
    this.saveActivations([...this.activations(), entry]);
  }

  private saveActivations(history: readonly Activation[]): void {
    this.connection.setMeta(ACTIVATIONS, JSON.stringify(history));
    this.state.bump();
  }
}
