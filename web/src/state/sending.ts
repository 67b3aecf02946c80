import { useSyncExternalStore } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import type { TaskPreview } from '../../../src/contract/tasks.ts';
import { addImages, type Taking } from '../api.ts';
import { BusyError, toProblem } from '../problems.ts';

/** Files that go in one request: a form has 300 parts at the most. */
const FILES = 200;
/** Bytes that go in one request, so that little is sent again when one is lost. */
const BYTES = 32e6;
/** What names and lines of a form take of a request, for each file. */
const OVERHEAD = 4096;

/** Files on their way to the server. */
export interface Sending {
  collection: string;
  state: 'sending' | 'stopped' | 'failed' | 'sent';
  /** All files and their bytes, and how many have arrived. */
  files: number;
  bytes: number;
  filesSent: number;
  bytesSent: number;
  /** Bytes a second; null while nobody can tell. */
  perSecond: number | null;
  /** Whether the server is busy and is asked again. */
  waits: boolean;
  /** Files that the server does not take, and why. */
  refused: TaskPreview['failures'];
  problem: Problem | null;
}

/** The largest file that a server takes whose requests bring so many bytes. */
export const largestFile = (upload: number) => upload - OVERHEAD;

interface Order {
  collection: string;
  taking: Taking;
  /** Of one request each; those that have arrived are taken away. */
  batches: File[][];
}

let sending: Sending | null = null;
let order: Order | null = null;
let stop: AbortController | null = null;
const listeners = new Set<() => void>();

/**
 * What own files are called by the SHA-256 of their content, which is all that the server calls them by. It is kept in
 * memory alone, since a name may be that of a patient.
 */
const names = new Map<string, string>();

function told(changes: Partial<Sending>): void {
  if (sending === null) return;
  sending = { ...sending, ...changes };
  for (const listener of listeners) listener();
}

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is sent or was; it goes on whatever else the page shows. */
export function useSending(): Sending | null {
  return useSyncExternalStore(subscribe, () => sending);
}

/** Sends files. @param upload bytes that one request may bring */
export function sendFiles(
  files: readonly File[],
  upload: number,
  { collection, taking }: Omit<Order, 'batches'>,
): Promise<void> {
  const batches: File[][] = [];
  let room = 0;
  for (const file of files) {
    const takes = file.size + OVERHEAD;
    const last = batches.at(-1);
    if (last === undefined || last.length >= FILES || takes > room) {
      batches.push([file]);
      room = Math.min(BYTES, upload) - takes;
    } else {
      last.push(file);
      room -= takes;
    }
  }
  order = { collection, taking, batches };
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  sending = {
    ...{ collection, files: files.length, bytes, filesSent: 0, bytesSent: 0, refused: [] },
    ...{ state: 'sending', perSecond: null, waits: false, problem: null },
  };
  return goOnSending();
}

/** Sends what has not arrived. */
export async function goOnSending(): Promise<void> {
  if (order === null || sending === null) return;
  const { collection, taking, batches } = order;
  stop = new AbortController();
  const { signal } = stop;
  told({ state: 'sending', problem: null });
  addEventListener('beforeunload', warn);
  const since = performance.now();
  const from = sending.bytesSent;
  let arrived = from;
  const advance = (bytesSent: number) => {
    const seconds = (performance.now() - since) / 1000;
    told({ bytesSent, perSecond: seconds > 1 ? (bytesSent - from) / seconds : null });
  };
  try {
    for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
      const bytes = batch.reduce((sum, { size }) => sum + size, 0);
      // What holds the parts of a form together counts as sent, too.
      const { refused } = await patiently(signal, () =>
        addImages(collection, batch as File[], taking, signal, (sent) =>
          advance(arrived + Math.min(sent, bytes)),
        ),
      );
      for (const file of batch) await remember(file);
      batches.shift();
      arrived += bytes;
      advance(arrived);
      told({
        filesSent: sending.filesSent + batch.length,
        refused: [...sending.refused, ...refused],
      });
    }
    told({ state: 'sent' });
  } catch (error) {
    told({ bytesSent: arrived, perSecond: null, waits: false });
    if (signal.aborted) told({ state: 'stopped' });
    else told({ state: 'failed', problem: toProblem(error) });
  } finally {
    removeEventListener('beforeunload', warn);
  }
}

/** Sends no more; what has arrived is indexed. */
export function stopSending(): void {
  stop?.abort();
}

/** Forgets what was sent. */
export function endSending(): void {
  stop?.abort();
  sending = null;
  order = null;
  for (const listener of listeners) listener();
}

/** What an own file was called that the server names; what it is named where it is none, or forgotten. */
export function ownName(subject: string): string {
  const [hash = ''] = /[0-9a-f]{64}(?=\.\w+)/.exec(subject) ?? [];
  const name = names.get(hash);
  return name === undefined ? subject : subject.replace(/^.*[0-9a-f]{64}\.\w+/, name);
}

/** Asks a busy server again when it says so. */
async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      told({ waits: true });
      await new Promise<void>((resolve) => {
        setTimeout(resolve, error.retryAfter * 1000);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      signal.throwIfAborted();
      told({ waits: false });
    }
  }
}

async function remember(file: File): Promise<void> {
  // Browsers hash only on pages that nobody can have changed on the way.
  if (!isSecureContext) return;
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0'));
    names.set(hash.join(''), file.webkitRelativePath || file.name);
  } catch {
    // One that is gone from the disk was sent before; it keeps the server's name.
  }
}
