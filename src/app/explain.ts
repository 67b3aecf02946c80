import { join } from 'node:path';
import { toSemblanceError } from '../domain/errors/error.ts';
import type { Explanation, Method } from '../domain/explanation.ts';
import { rangeOf } from '../domain/explanation.ts';
import type { PictureSource } from '../encoding/preprocess/picture.ts';
import { makeFolder } from '../files/make-folder.ts';
import { writeWhole } from '../files/write-file.ts';
import { registeredFile } from '../store/registered-file.ts';
import { type Call, counting } from './call.ts';
import type { OpenCollections } from './open-collections.ts';

/** What is to be explained. */
export interface ExplainRequest {
  collection: string;
  /** The query: an image of the collection, or a picture, which is not kept. */
  query: number | PictureSource;
  /** The result: an image of the collection. */
  result: number;
  /** By default that of the collection. */
  encoder?: string | undefined;
  /** By default tokens where the encoder has them, else occlusion. */
  method?: Method | undefined;
  /** Covered places of a side of each picture. */
  grid?: number | undefined;
}

/** An explanation with its maps drawn over both pictures, as PNG. */
export interface ExplainedPictures {
  explanation: Explanation;
  query: Uint8Array;
  result: Uint8Array;
}

/** Shows what makes an image like a query to an encoder: an aid, not a diagnosis. */
export class ExplainService {
  /** @internal */
  constructor(private readonly collections: OpenCollections) {}

  /**
   * The maps of a query and a result.
   * @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, IMAGE_CHANGED, ENCODER_NOT_FOUND, and
   *   those of decoding and encoding
   */
  explain(call: Call, request: ExplainRequest): Promise<Explanation> {
    return this.run(call, request, async (explanation) => explanation);
  }

  /**
   * The maps, and both pictures with the maps over them.
   * @param request edge: longest side of the pictures at the most, in pixels; in their own size by default
   */
  draw(
    call: Call,
    { edge = Number.POSITIVE_INFINITY, ...request }: ExplainRequest & { edge?: number },
  ): Promise<ExplainedPictures> {
    const { pictures } = this.collections;
    return this.run(call, request, async (explanation, files) => {
      const range = rangeOf(explanation);
      // It loads a library for pictures, which other calls do without.
      const { renderOverlay } = await import('../search/explain/overlay.ts');
      const drawn = async (side: 'query' | 'result') =>
        renderOverlay(await pictures.pixels(files[side], call.signal), explanation[side], {
          range,
          edge,
        });
      return { explanation, query: await drawn('query'), result: await drawn('result') };
    });
  }

  /**
   * Writes both pictures with the maps over them, and the maps as JSON, into a folder, which is made.
   * @returns the maps, and the paths of the two pictures
   * @throws SemblanceError also DISK_FULL, PATH_NOT_READABLE
   */
  async save(
    call: Call,
    { output, ...request }: ExplainRequest & { output: string },
  ): Promise<{ explanation: Explanation; files: string[] }> {
    const { explanation, query, result } = await this.draw(call, request);
    const map = { ...explanation, range: rangeOf(explanation) };
    const parts: [name: string, content: Uint8Array | string][] = [
      ['query.png', query],
      ['result.png', result],
      ['map.json', `${JSON.stringify(map, null, 2)}\n`],
    ];
    try {
      makeFolder(output);
    } catch (error) {
      throw toSemblanceError(error, output);
    }
    const files = parts.map(([name, content]) => {
      const file = join(output, name);
      writeWhole(file, (sink) => sink(content));
      return file;
    });
    return { explanation, files: files.slice(0, 2) };
  }

  private run<T>(
    call: Call,
    { collection, query, result, encoder, method, grid }: ExplainRequest,
    use: (explanation: Explanation, files: Record<Side, PictureSource>) => Promise<T>,
  ): Promise<T> {
    const { signal } = call;
    const onProgress = counting(call, { unit: 'encodings' });
    return this.collections.use(collection, async (opened) => {
      const { space } = await opened.searcher(encoder);
      const { explain, preparedBy } = await import('../search/explain/explain.ts');
      const files = {
        query: typeof query === 'number' ? registeredFile(opened.store, query) : query,
        result: registeredFile(opened.store, result),
      };
      const prepared = preparedBy(this.collections.pictures, files.query, files.result, signal);
      const options = { method, grid, signal, onProgress };
      return use(await explain(space, prepared, options), files);
    });
  }
}

type Side = 'query' | 'result';
