import {
  createSemblanceClient,
  dataOf,
  type Problem,
  ProblemError,
  type Schemas,
} from 'semblance-client';
import type { Settings } from './settings.ts';
import type { Region, ShownFrame, Uids, Viewer } from './viewer.ts';

/** So many similar cases are shown. */
const SHOWN = 24;

/** What was found, and what was sent to find it. */
export interface Found {
  /** What was searched with. */
  frame: ShownFrame;
  collection: string;
  answer: Schemas['SearchResult'];
  /** Whether the image was only named, or its pixels were sent. */
  sent: 'name' | 'pixels';
  region: Region | null;
}

/** What is asked of Semblance. */
export interface Asked {
  frame: ShownFrame;
  /** In the pixels of the frame; null for all of it. */
  region: Region | null;
  collection: string | undefined;
  /** Whether images of the same patient are left out, where it is known whose image it is. */
  others: boolean;
}

/** Asks a Semblance server, and nobody else. */
export class SimilarCases {
  private readonly client;
  /** What was found last: the viewer takes the panel away while another one is looked at. */
  last: Found | null = null;

  constructor(
    readonly settings: Settings,
    private readonly viewer: Viewer,
  ) {
    // Nothing goes along but what is asked: no cookie, no password, no address of this page.
    const fetch = async (request: Request) =>
      globalThis
        .fetch(new Request(request, { credentials: 'omit', referrerPolicy: 'no-referrer' }))
        .catch((cause) => {
          if (request.signal.aborted) throw cause;
          throw new ProblemError(unreachable(settings.url));
        });
    this.client = createSemblanceClient({ baseUrl: settings.url, fetch });
  }

  /** Names of the collections that can be searched. */
  async collections(): Promise<string[]> {
    const { collections } = await dataOf(this.client.GET('/api/v1/collections'));
    return collections.filter(({ problem }) => !problem).map(({ name }) => name);
  }

  /**
   * Searches with an image that Semblance knows by its name; with another one by its pixels, where they may be sent.
   * @throws {ProblemError} what the server refuses, or that it does not answer
   */
  async search({ frame, region, collection, others }: Asked, signal: AbortSignal): Promise<Found> {
    const { instance, frame: number } = frame;
    const known = await dataOf(
      this.client.POST('/api/v1/instances', { body: { instance, frame: number }, signal }),
    );
    const own = known.images.find((each) => !collection || each.collection === collection);
    if (own === undefined && !this.settings.sendPixels) {
      throw new ProblemError(unknownHere(collection));
    }
    const name = own?.collection ?? collection ?? (await this.collections())[0];
    if (name === undefined) throw new ProblemError(noCollection());
    const size = own && {
      width: own.image.width ?? frame.columns,
      height: own.image.height ?? frame.rows,
    };
    // Semblance makes pixels square that are not.
    const part = region && (size ? scaled(region, frame, size) : region);
    const query = {
      parts: [{ ...(own ? { image: own.image.id } : { file: 0 }), ...(part && { region: part }) }],
      k: SHOWN,
      groupBy: 'study',
      ...(own && others && { exclude: ['patient'] }),
    };
    const file = own ? [] : [await this.viewer.pixels(frame)];
    const answer = await dataOf(
      this.client.POST('/api/v1/collections/{collection}/search', {
        params: { path: { collection: name } },
        body: { query: JSON.stringify(query), ...(file.length > 0 && { file }) },
        signal,
      }),
    );
    return { frame, collection: name, answer, sent: own ? 'name' : 'pixels', region: part };
  }

  /** What the archive calls an image that was found. @throws {ProblemError} where that is not told */
  async uids(collection: string, id: number): Promise<Uids> {
    return dataOf(
      this.client.GET('/api/v1/collections/{collection}/images/{id}/instance', {
        params: { path: { collection, id } },
      }),
    );
  }

  /** Address of the small picture of an image. */
  thumbnail(collection: string, { id, contentHash }: Schemas['Image']): string {
    const path = `api/collections/${encodeURIComponent(collection)}/images/${id}/thumbnail`;
    return `${this.settings.url}/${path}?edge=160&v=${contentHash}`;
  }
}

function scaled(
  { x, y, width, height }: Region,
  { columns, rows }: ShownFrame,
  size: { width: number; height: number },
): Region {
  const [across, down] = [size.width / columns, size.height / rows];
  const [left, top] = [Math.floor(x * across), Math.floor(y * down)];
  return {
    ...{ x: left, y: top },
    width: Math.max(1, Math.min(Math.ceil((x + width) * across), size.width) - left),
    height: Math.max(1, Math.min(Math.ceil((y + height) * down), size.height) - top),
  };
}

const problem = (code: string, title: string, detail: string, advice: string): Problem => ({
  ...{ type: 'about:blank', status: 0, code, title, detail, advice },
});

function unreachable(url: string): Problem {
  return problem(
    'UNREACHABLE',
    'Semblance does not answer',
    url,
    `Is it running, and was it started with --allow-origin ${location.origin}?`,
  );
}

function unknownHere(collection: string | undefined): Problem {
  const where = collection === undefined ? 'No collection' : `The collection "${collection}"`;
  return problem(
    'NOT_INDEXED',
    'Semblance does not know this image',
    `${where} has it, and this viewer is set not to send pixels.`,
    'Index it, or set "sendPixels" in the configuration of the viewer.',
  );
}

function noCollection(): Problem {
  return problem('NO_COLLECTION', 'There is no collection', '', 'Make one: semblance index');
}
