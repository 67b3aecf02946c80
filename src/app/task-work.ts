import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Removal } from '../contract/collections.ts';
import type { Indexing } from '../contract/indexing.ts';
import type { TaskFile, TaskKind, TaskResult } from '../contract/tasks.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { ChangingTask } from '../store/change-receipt.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { AuditService } from './audit.ts';
import type { BenchmarkService } from './benchmark.ts';
import type { CalibrationService } from './calibration.ts';
import type { Call } from './call.ts';
import type { CollectionService } from './collections.ts';
import type { EncoderService } from './encoders.ts';
import type { ExchangeService } from './exchange.ts';
import type { IndexingService, IndexRequest } from './indexing.ts';
import type { MapService } from './maps.ts';
import { hubOfEnvironment, isOfflineByEnvironment, type ModelService } from './models.ts';
import { takingEncoder } from './taking-encoder.ts';
import { changedCollection, type TaskPayload } from './task-kinds.ts';

/** Failures that are kept of a task. */
const FAILURES = 100;
/** The table of all of them. */
const REFUSED = 'refused.csv';

/** What came of a task. */
export interface TaskOutcome {
  /** Null where it was ended before there was any. */
  result: TaskResult | null;
  /** False where its signal ended it. */
  complete: boolean;
  /** Numbers of the images that were removed or given away, by collection, for the audit log. */
  images?: Record<string, number[]>;
}

/** What does tasks, of the application. */
export interface TaskServices {
  indexing: IndexingService;
  collections: CollectionService;
  encoders: EncoderService;
  calibration: CalibrationService;
  maps: MapService;
  exchange: ExchangeService;
  benchmark: BenchmarkService;
  models: ModelService;
  audit: AuditService;
}

/** A task to be done. */
export interface TaskWork {
  payload: TaskPayload;
  semblance: TaskServices;
  directory: DataDirectory;
  /** Where the files go that it makes. */
  folder: string;
  task: ChangingTask;
}

type Does<K extends TaskKind> = (
  call: Call,
  payload: Extract<TaskPayload, { kind: K }>,
  work: TaskWork,
) => Promise<TaskOutcome> | TaskOutcome;

const DOES: { readonly [K in TaskKind]: Does<K> } = {
  async index(call, { kind: _, ...request }, work) {
    return index(call, request, work);
  },
  async 'index-pacs'(call, { address, collection }, work) {
    return index(call, { collection, path: address }, work);
  },
  async 'index-files'(call, { kind: _, folder: place, ...request }, work) {
    const path = place ?? work.directory.receivedFolder(request.collection);
    return index(call, { ...request, path }, work);
  },
  async prune(_, { collection }, { semblance }) {
    return removed(await semblance.collections.remove({ collection, missing: true }));
  },
  async remove(_, { kind: __, ...request }, { semblance }) {
    return removed(await semblance.collections.remove(request));
  },
  async encode(call, payload, { semblance, folder }) {
    const { collection, encoder, window, use = false, shared = false } = payload;
    const request = {
      ...{ collection, encoder, window, path: undefined },
      // Others take what is put into the queue.
      ...(shared && { workers: { count: 0, start: () => fail() } }),
    };
    const done = await semblance.indexing.index(call, request);
    if (!use || !done.complete || done.missingEmbeddings > 0) return indexed(done, folder);
    semblance.encoders.use({ collection, encoder: done.encoder });
    return indexed({ ...done, default: done.encoder, isDefault: true }, folder);
  },
  async calibrate(call, { kind: _, ...request }, { semblance }) {
    const { encoder, field, fitted, error, levels } = await semblance.calibration.calibrate(
      call,
      request,
    );
    const level = levels.find((each) => each.error === error);
    const coverage = level?.threshold == null ? null : (level.measured ?? level.chosenOn).coverage;
    const { queries } = fitted;
    return whole({ kind: 'calibrated', encoder, field, queries, error, coverage });
  },
  async adapt(call, { kind: _, ...request }, { semblance }) {
    const { encoder, name, better, saved, used } = await semblance.calibration.adapt(call, request);
    return whole({ kind: 'adapted', encoder, name, better, saved, used });
  },
  async map(call, { kind: _, ...request }, { semblance }) {
    const { encoder, points, of } = await semblance.maps.make(call, request);
    return whole({ kind: 'mapped', encoder, points, of });
  },
  async export(call, { kind: _, format, ...request }, { semblance, folder }) {
    rmSync(folder, { recursive: true, force: true });
    makeFolder(folder, 0o700);
    const to = join(folder, `${request.collection}.${format}`);
    const images: Record<string, number[]> = {};
    const gave: Call['gave'] = (name, ids) => Object.assign(images, { [name]: ids });
    const done = await semblance.exchange.export({ ...call, gave }, { ...request, to });
    const { encoder, embeddings, dimension, excluded } = done;
    const files = filesIn(folder);
    const result = { kind: 'exported', encoder, embeddings, dimension, files } as const;
    return { ...whole({ ...result, excluded: excluded.length }), images };
  },
  async benchmark(call, { configuration }, { semblance, folder }) {
    // What an earlier try finished stays in it.
    makeFolder(folder, 0o700);
    const done = await semblance.benchmark.run(call, { configuration, output: folder });
    if (!done.complete) return { result: null, complete: false };
    const { k, ranking, warnings, excluded, failed } = done;
    return whole({
      ...{ kind: 'benchmarked', k, warnings, excluded, failed, files: filesIn(folder) },
      ranking: ranking.map(({ name, micro }) => ({ name, precision: micro?.value ?? null })),
    });
  },
  async 'add-encoder'(call, { name, like, from, precision }, { semblance }) {
    const { models } = semblance;
    const hub = isOfflineByEnvironment() ? undefined : hubOfEnvironment();
    const model =
      from === undefined
        ? await models.pull(call, { name, precision, hub })
        : await models.add({ name, like, from, precision });
    const { name: encoder, dimension, notes } = model;
    return whole({ kind: 'added', encoder, dimension, notes });
  },
  'copy-collection'(call, payload, work) {
    return once(work, (collections, task) => collections.copy(call, { ...payload, task }));
  },
  'rename-collection'(call, payload, work) {
    return once(work, (collections, task) => collections.rename(call, { ...payload, task }));
  },
  'delete-collection'(_, { collection }, work) {
    return once(work, (collections, task) =>
      collections.delete({ collection, confirm: collection, task }),
    );
  },
};

/**
 * Does a task.
 * @throws SemblanceError those of the services; the signal's reason
 */
export async function doTask(call: Call, work: TaskWork): Promise<TaskOutcome> {
  const { payload } = work;
  const does = DOES[payload.kind] as Does<TaskKind>;
  return does(call, payload, work);
}

function fail(): never {
  throw new Error('No worker is started here.');
}

const whole = (result: TaskResult): TaskOutcome => ({ result, complete: true });

/** Does what cannot be done twice; where an earlier process had done it, it is not done again. */
async function once(
  { payload, task, semblance: { collections } }: TaskWork,
  change: (
    collections: CollectionService,
    task: ChangingTask,
  ) => Promise<{ images: number | null }>,
): Promise<TaskOutcome> {
  const { images } = collections.doneBy(task) ?? (await change(collections, task));
  return whole(changedCollection(payload, images));
}

async function index(
  call: Call,
  request: IndexRequest,
  { semblance, directory, folder }: TaskWork,
): Promise<TaskOutcome> {
  const encoder = takingEncoder(directory, request);
  return indexed(await semblance.indexing.index(call, { ...request, encoder }), folder);
}

/** @param folder where all failures are written to */
function indexed(done: Indexing, folder: string): TaskOutcome {
  const { complete, encoder, total, added, unchanged, renamed, reread, failed, removed, unclear } =
    done;
  const { missingEmbeddings, isDefault, failures, leftOut, warnings, table } = done;
  const result: TaskResult = {
    ...{ kind: 'indexed', encoder, total, added, unchanged, failed, removed, unclear },
    ...{ missingEmbeddings, isDefault, warnings, changed: renamed + reread },
    failures: failures.slice(0, FAILURES),
    leftOut: leftOut.map(({ kind, count }) => ({ kind, count })),
    notes: table?.notes ?? [],
    files: refusedTable(folder, failures),
  };
  return { result, complete };
}

/** Writes all failures of a task as a CSV. */
function refusedTable(folder: string, failures: Indexing['failures']): TaskFile[] {
  if (failures.length === 0) return [];
  makeFolder(folder, 0o700);
  // A cell that a spreadsheet would compute is text.
  const rows = stringify([...failures], {
    ...{ header: true, escape_formulas: true, bom: true },
    columns: ['subject', 'title', 'detail', 'advice', 'code'],
  });
  writeFileSync(join(folder, REFUSED), rows, { mode: 0o600 });
  return filesIn(folder);
}

function removed({ collection, removed, unclear }: Removal): TaskOutcome {
  const images = { [collection]: removed.map(({ id }) => id) };
  return { ...whole({ kind: 'removed', removed: removed.length, unclear }), images };
}

/** The files of a task's folder, but for what is kept to go on with. */
function filesIn(folder: string): TaskFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), bytes: statSync(path).size }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
