import type { TaskPreview, TaskRequest } from '../contract/tasks.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Call } from './call.ts';
import { MAP_POINTS } from './maps.ts';
import { isOfflineByEnvironment } from './models.ts';
import { takingEncoder } from './taking-encoder.ts';
import type { TaskWork } from './task-work.ts';

/** What is told of each kind. */
const FIRST = 5;
/** Of more images it is not looked which are known. */
const LOOKED_UP = 50_000;

type Told = Partial<Omit<TaskPreview, 'kind'>>;
type Of<K extends TaskRequest['kind']> = Extract<TaskRequest, { kind: K }>;
type Preview<K extends TaskRequest['kind']> = (
  call: Call,
  request: Of<K>,
  work: Pick<TaskWork, 'semblance' | 'directory'>,
) => Promise<Told> | Told;

const PREVIEWS: { readonly [K in TaskRequest['kind']]: Preview<K> } = {
  async index({ signal, progress }, request, { directory }) {
    const { readSource } = await import('../indexing/read-source.ts');
    const { collection, path, all = false } = request;
    // Whoever misspells one hears of it before.
    const { name } = await findEncoder(takingEncoder(directory, request), directory.encodersFolder);
    const source = await readSource(path, {
      ...{ all, signal },
      onProgress: ({ done, total }) => {
        signal?.throwIfAborted();
        progress?.(done, total, { unit: 'files' });
      },
    });
    const { root, images, failures, leftOut, linked, table } = source;
    const isThere = directory.collections().includes(collection);
    const known = isThere
      ? directory.whileOpen(collection, (store) => knownOf(store, root, images))
      : 0;
    return {
      ...{ images: images.length, known },
      examples: images.slice(0, FIRST).map((image) => image.path),
      leftOut: leftOut.map(({ kind, count }) => ({ kind, count })),
      failures: failures.slice(0, FIRST).map(errorData),
      notes: [
        ...(isThere ? [] : [`The collection "${collection}" is made.`]),
        `The encoder is "${name}".`,
        ...linked.map((each) => `${each.path} is a link to ${each.target}, which is read, too.`),
        ...(table?.notes ?? []),
      ],
    };
  },
  prune(_, { collection }, { semblance }) {
    return removal(semblance.collections.remove({ collection, missing: true, dryRun: true }));
  },
  remove(_, { kind: __, ...request }, { semblance }) {
    return removal(semblance.collections.remove({ ...request, dryRun: true }));
  },
  async encode(_, { collection, encoder }, { directory }) {
    const { name } = await findEncoder(encoder, directory.encodersFolder);
    return directory.whileOpen(collection, (store) => {
      const images = store.images.count();
      const stored = store.encoders.list().filter((each) => each.name === name);
      const known = Math.max(
        0,
        ...stored.map(({ id }) => images - store.encoders.countMissing(id)),
      );
      return { images, known };
    });
  },
  calibrate: (_, request, work) => labelled(request, work),
  adapt: (_, request, work) => labelled(request, work),
  map(_, { collection, encoder, points = MAP_POINTS }, { directory }) {
    return directory.whileOpen(collection, (store) => {
      const { name, embeddings } = chooseEncoder(store, encoder);
      const sample = embeddings > points ? [`They are a random sample of ${embeddings}.`] : [];
      const notes = [`The encoder is "${name}".`, ...sample];
      return { images: Math.min(points, embeddings), notes };
    });
  },
  export(_, { collection, encoder, filter = [], where = '' }, { directory }) {
    return directory.whileOpen(collection, (store) => {
      const { name } = chooseEncoder(store, encoder);
      const images = store.images.count(store.fields.filter(filter, where));
      return { images, notes: [`The encoder is "${name}".`] };
    });
  },
  async benchmark(_, { configuration }) {
    const { readConfig } = await import('../study/benchmark/config.ts');
    const { config } = readConfig(configuration);
    return { notes: [`${config.encoders.length} encoders are compared: "${config.title}".`] };
  },
  'add-encoder'(_, { name, like = name, from }, { semblance }) {
    const { title, dimension, licence, hub } = semblance.models.template({ name: like });
    const notes = [`${title}, ${dimension} dimensions. Licence: ${licence}.`];
    if (from === undefined && isOfflineByEnvironment()) {
      notes.push('Nothing is fetched: only files that were fetched before are used.');
    } else if (from === undefined) {
      if (hub === undefined) {
        throw new SemblanceError('ENCODER_NOT_FOUND', 'No hub has it: name its files.', {
          subject: name,
        });
      }
      notes.push(
        `It is fetched from a hub, over the network.${hub.gated ? ' Its owner asks for an account.' : ''}`,
      );
    }
    return { notes };
  },
  'copy-collection'(_, { collection, to }, { semblance }) {
    const { images, bytes, received } = semblance.collections.extent(collection);
    const notes = [`"${to}" takes as much of the disk; the files of images stay where they are.`];
    return { images, bytes, notes: [...notes, ...receivedNote(received, 'is copied, too')] };
  },
  'rename-collection'(_, { collection }, { semblance }) {
    const { images, bytes, received } = semblance.collections.extent(collection);
    const notes = [
      'It takes as much of the disk again while it is done; meanwhile it can be read and not be written.',
      'Links to its images change with the name; roles in it, and its tasks, go along.',
    ];
    return { images, bytes, notes: [...notes, ...receivedNote(received, 'goes along')] };
  },
  'delete-collection'(_, { collection }, { semblance }) {
    const { images, bytes, received } = semblance.collections.extent(collection);
    const notes = ['Roles in it end. Other files of its images stay. There is no way back.'];
    return { images, bytes, notes: [...notes, ...receivedNote(received, 'is deleted')] };
  },
};

function receivedNote(files: number, what: string): string[] {
  return files === 0 ? [] : [`What was received for it ${what}: ${files} files.`];
}

/**
 * What a task would do; nothing is changed.
 * @throws SemblanceError as the task itself would; the signal's reason
 */
export async function previewOf<K extends TaskRequest['kind']>(
  call: Call,
  request: Of<K>,
  work: Pick<TaskWork, 'semblance' | 'directory'>,
): Promise<TaskPreview> {
  const told = await (PREVIEWS[request.kind as K] as Preview<K>)(call, request, work);
  const nothing = { leftOut: [], examples: [], failures: [], notes: [] };
  return { kind: request.kind, images: null, known: null, bytes: null, ...nothing, ...told };
}

/** How many images of a source a collection has. */
function knownOf(
  store: CollectionStore,
  root: string,
  images: readonly { path: string }[],
): number | null {
  if (images.length > LOOKED_UP) return null;
  const source = store.sources.list().find((each) => each.root === root);
  if (source === undefined) return 0;
  return images.filter(({ path }) => store.images.known(source.id, path) !== undefined).length;
}

async function removal(
  told: Promise<{ removed: readonly { path: string }[]; unclear: number }>,
): Promise<Told> {
  const { removed, unclear } = await told;
  return {
    images: removed.length,
    examples: removed.slice(0, FIRST).map(({ path }) => path),
    notes:
      unclear > 0
        ? [`${unclear} images stay: it cannot be told whether their files are gone.`]
        : [],
  };
}

function labelled(
  { collection, encoder, field = 'label' }: Of<'calibrate' | 'adapt'>,
  { directory }: Pick<TaskWork, 'directory'>,
): Told {
  return directory.whileOpen(collection, (store) => {
    const { name } = chooseEncoder(store, encoder);
    return {
      images: store.images.count(),
      notes: [`The encoder is "${name}"; what images share is "${field}".`],
    };
  });
}
