import type {
  DefaultEncoder,
  Dropped,
  EncoderHistory,
  EncoderList,
  Unencoded,
} from '../contract/encoders.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import { listEncoders } from '../encoding/encoders/registry.ts';
import { forgetIndexFile } from '../index/memory/kept-files.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { OpenCollections } from './open-collections.ts';

/** Names a collection. */
interface OfCollection {
  collection: string;
}

/** The encoders that can be used, and those of a collection. */
export class EncoderService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
  ) {}

  /** Every encoder that can be named here; a description that cannot be used hides none of the others. */
  async list(): Promise<EncoderList> {
    const { definitions, failures } = await listEncoders(this.directory.encodersFolder);
    return { encoders: definitions, failures: failures.map(errorData) };
  }

  /**
   * The default of a collection.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY
   */
  default({ collection }: OfCollection): DefaultEncoder {
    return defaultOf(collection, this.collections.store(collection));
  }

  /**
   * Makes an encoder the default of a collection, at once for every process.
   * @param request `incomplete`: also when images have no embedding of it
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, ENCODER_INCOMPLETE
   */
  use({
    collection,
    encoder,
    incomplete,
  }: OfCollection & { encoder: string; incomplete?: boolean | undefined }): DefaultEncoder {
    return this.directory.whileOpen(collection, (store) => {
      store.encoders.activate(chooseEncoder(store, encoder), incomplete);
      return defaultOf(collection, store);
    });
  }

  /**
   * Goes back to the default before the present one.
   * @throws SemblanceError COLLECTION_NOT_FOUND and those of `EncoderTable.rollBack`
   */
  rollBack({ collection }: OfCollection): DefaultEncoder {
    return this.directory.whileOpen(collection, (store) => {
      store.encoders.rollBack();
      return defaultOf(collection, store);
    });
  }

  /** The encoders that were the default of a collection. @throws SemblanceError COLLECTION_NOT_FOUND */
  history({ collection }: OfCollection): EncoderHistory {
    return { collection, history: this.collections.store(collection).encoders.activations() };
  }

  /**
   * The images without an embedding of an encoder; of several, of any of them.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND
   */
  missing({ collection, encoders }: OfCollection & { encoders: readonly string[] }): Unencoded {
    const store = this.collections.store(collection);
    const ids = encoders.map((name) => chooseEncoder(store, name).id);
    const images = store.images.withoutEmbedding(ids).map(({ id, path }) => ({ id, path }));
    return { collection, images };
  }

  /**
   * Removes all embeddings of an encoder from a collection; the images stay.
   * @param request `dryRun`: tell how many there are, and remove none
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, USAGE (the default)
   */
  drop({
    collection,
    encoder,
    dryRun = false,
  }: OfCollection & { encoder: string; dryRun?: boolean | undefined }): Dropped {
    return this.directory.whileOpen(collection, (store) => {
      const forms = store.encoders.list().filter(({ name }) => name === encoder);
      const present = chooseEncoder(store);
      if (forms.length === 0) {
        throw new SemblanceError('ENCODER_NOT_FOUND', 'The collection has no embeddings of it.', {
          subject: encoder,
        });
      }
      if (forms.some(({ id }) => id === present.id)) {
        throw new SemblanceError(
          'USAGE',
          `"${encoder}" is the default of the collection: make another one the default first.`,
        );
      }
      for (const { id } of dryRun ? [] : forms) {
        store.encoders.drop(id);
        forgetIndexFile(store, id);
      }
      const embeddings = forms.reduce((sum, form) => sum + form.embeddings, 0);
      return { collection, dropped: encoder, embeddings };
    });
  }
}

function defaultOf(collection: string, store: ReadableCollection): DefaultEncoder {
  const { id, name } = chooseEncoder(store);
  return { collection, encoder: name, missingEmbeddings: store.encoders.countMissing(id) };
}
