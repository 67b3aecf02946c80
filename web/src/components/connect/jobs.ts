import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import type { Role } from '../../../../src/domain/roles.ts';
import type { TaskRequest } from '../../api.ts';
import type { Job } from '../../state/route.ts';

/** What is written or chosen in the fields of a job; a box that is checked is `yes`. */
export type Values = Readonly<Record<Field, string>>;

/** The fields that jobs have. */
export type Field =
  | 'to'
  | 'where'
  | 'whole'
  | 'encoder'
  | 'ownEncoder'
  | 'seen'
  | 'use'
  | 'shared'
  | 'label'
  | 'error'
  | 'name'
  | 'force'
  | 'format'
  | 'normalise'
  | 'configuration'
  | 'model'
  | 'from'
  | 'precision';

/** What can be done beside adding images. */
interface JobKind {
  /** As in a list of all. */
  title: string;
  says: string;
  /** Whether it is done to a collection, or to the server. */
  of: 'collection' | 'server';
  /** The role that it takes: editor by default, in the collection or, of the server, in every one. */
  role?: Role;
  /** Whether the role has to be one in every collection. */
  everywhere?: true;
  fields: readonly Field[];
  /** What happens to images. */
  verb: string;
  button: string;
  /** What goes, which is asked before. */
  removes?: 'images' | 'collection';
  request: (collection: string, values: Values) => TaskRequest;
}

/** A part of a request that is there when it is written. */
const given = <K extends string>(name: K, value: string) =>
  (value === '' ? {} : { [name]: value }) as { [each in K]?: string };

/** The jobs, in the order of the list. */
export const JOBS: Readonly<Record<Job, JobKind>> = {
  prune: {
    title: 'Remove what is gone',
    says: 'Images whose files are gone leave the collection. Those of a folder that cannot be reached stay.',
    of: 'collection',
    fields: [],
    verb: 'removed',
    button: 'Remove what is gone…',
    removes: 'images',
    request: (collection) => ({ kind: 'prune', collection }),
  },
  remove: {
    title: 'Remove images',
    says: 'Images that a filter finds leave the collection.',
    of: 'collection',
    fields: ['where'],
    verb: 'removed',
    button: 'Remove them…',
    removes: 'images',
    request: (collection, { where }) => ({ kind: 'remove', collection, where }),
  },
  encode: {
    title: 'Index with another encoder',
    says: 'All images of the collection are encoded with a further encoder, in the background. Searches are answered as before until it is done.',
    of: 'collection',
    fields: ['encoder', 'use', 'shared'],
    verb: 'encoded',
    button: 'Start encoding',
    request: (collection, { encoder, use, shared }) => ({
      ...{ kind: 'encode', collection, encoder },
      ...(use === 'yes' && { use: true }),
      ...(shared === 'yes' && { shared: true }),
    }),
  },
  default: {
    title: 'Choose the encoder that answers',
    says: 'Searches that name no encoder are answered by this one. Images that it has not seen are encoded first.',
    of: 'collection',
    fields: ['seen'],
    verb: 'looked at',
    button: 'Let it answer',
    request: (collection, { seen }) => ({ kind: 'encode', collection, encoder: seen, use: true }),
  },
  calibrate: {
    title: 'Calibrate',
    says: 'Labels of the collection teach what similarities mean: results get probabilities, and searches tell when there is no good match.',
    of: 'collection',
    fields: ['ownEncoder', 'label', 'error'],
    verb: 'looked at',
    button: 'Calibrate',
    request: (collection, { ownEncoder, label, error }) => ({
      ...{ kind: 'calibrate', collection, error: Number(error) / 100 },
      ...given('encoder', ownEncoder),
      ...given('field', label),
    }),
  },
  adapt: {
    title: 'Adapt to labels',
    says: 'A further encoder is made that tells apart what the labels tell apart, and is kept where it is measured to be better.',
    of: 'collection',
    fields: ['name', 'ownEncoder', 'label', 'force'],
    verb: 'learned from',
    button: 'Adapt',
    request: (collection, { name, ownEncoder, label, force }) => ({
      ...{ kind: 'adapt', collection, name },
      ...given('encoder', ownEncoder),
      ...given('field', label),
      ...(force === 'yes' && { force: true }),
    }),
  },
  map: {
    title: 'Make a map',
    says: 'The images are laid out in the plane, those together that the encoder finds alike. It is kept with the collection.',
    of: 'collection',
    fields: ['ownEncoder'],
    verb: 'laid out',
    button: 'Make it',
    request: (collection, { ownEncoder }) => ({
      ...{ kind: 'map', collection },
      ...given('encoder', ownEncoder),
    }),
  },
  export: {
    title: 'Export embeddings',
    says: 'Embeddings are written into a file for other programs. It names images by their paths.',
    of: 'collection',
    fields: ['format', 'ownEncoder', 'whole', 'normalise'],
    verb: 'written',
    button: 'Export',
    request: (collection, { format, ownEncoder, whole, normalise }) => ({
      ...{ kind: 'export', collection, format: format as 'csv' },
      ...given('encoder', ownEncoder),
      ...given('where', whole),
      ...(normalise === 'yes' && { normalise: true }),
    }),
  },
  'copy-collection': {
    title: 'Copy a collection',
    says: 'The copy has everything that the collection has when its turn comes; roles in it are not copied.',
    of: 'collection',
    everywhere: true,
    fields: ['to'],
    verb: 'copied',
    button: 'Copy it',
    request: (collection, { to }) => ({ kind: 'copy-collection', collection, to: to.trim() }),
  },
  'rename-collection': {
    title: 'Rename a collection',
    says: 'It gets another name, with roles in it, its tasks, and what was received for it.',
    of: 'collection',
    role: 'admin',
    everywhere: true,
    fields: ['to'],
    verb: 'in it',
    button: 'Rename it',
    request: (collection, { to }) => ({ kind: 'rename-collection', collection, to: to.trim() }),
  },
  'delete-collection': {
    title: 'Delete a collection',
    says: 'It goes with all that is stored of it and what was received for it. Image files in folders and archives stay.',
    of: 'collection',
    role: 'admin',
    fields: [],
    verb: 'in it',
    button: 'Delete it…',
    removes: 'collection',
    request: (collection) => ({ kind: 'delete-collection', collection, confirm: collection }),
  },
  benchmark: {
    title: 'Run a benchmark',
    says: 'Encoders are compared on labelled images as a configuration says; a report is made.',
    of: 'server',
    everywhere: true,
    fields: ['configuration'],
    verb: 'compared on',
    button: 'Run it',
    request: (_, { configuration }) => ({ kind: 'benchmark', configuration }),
  },
  'add-encoder': {
    title: 'Add an encoder',
    says: 'A published model becomes an encoder of this server, from files that are there or from the hub of its owner.',
    of: 'server',
    everywhere: true,
    fields: ['model', 'from', 'precision'],
    verb: '',
    button: 'Add it',
    request: (_, { model, from, precision }) => ({
      ...{ kind: 'add-encoder', name: model, precision: precision as 'fp32' },
      ...given('from', from),
    }),
  },
};

/** What the fields have at first. */
export function firstValues(summary: CollectionSummary | undefined, where: string): Values {
  const other = summary?.encoders.find(({ isDefault }) => !isDefault)?.name ?? '';
  return {
    ...{
      to: '',
      where,
      whole: where,
      encoder: '',
      ownEncoder: '',
      seen: other,
      shared: '',
      use: '',
      label: '',
    },
    ...{ error: '10', name: '', force: '', format: 'csv', normalise: '' },
    ...{ configuration: '', model: '', from: '', precision: 'fp32' },
  };
}
