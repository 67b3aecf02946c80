import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Taking } from '../contract/tasks.ts';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { isLeftover } from '../indexing/leftovers.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { WatchStore } from '../store/watch-store.ts';
import type { AllowedFolders } from './allowed-folders.ts';
import type { TaskService } from './tasks.ts';

/** So long is a file the same before it counts as whole, in milliseconds. */
const SETTLED = 10_000;
/** A folder is looked at so often while a file settles. */
const LOOKS = 3;
/** Looking may take this share of the time: on a network drive it takes long. */
const SHARE = 5;
/** Files of one task at the most. */
const MOST_FILES = 5000;
/** What stands for a character that is none in a name that is not UTF-8. */
const WRONG = '\ufffd';

/** A folder whose new files are indexed. */
export interface WatchRequest extends Taking {
  /** It is made with the first picture. */
  collection: string;
  folder: string;
  /** Milliseconds that a file has to stay the same before it is taken. */
  settled?: number | undefined;
  /** The folders that may be named; by default any. */
  folders?: AllowedFolders | undefined;
}

/** A folder that is watched until it is closed. */
export interface Watcher {
  close(): Promise<void>;
}

interface Settling {
  stamp: string;
  since: number;
}

/**
 * Watches folders by looking at them: network drives tell nobody what others write to them. A file is taken when it has
 * stayed the same for a while, and once: one that is refused is not tried again until it changes.
 */
export class WatchService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly tasks: TaskService,
  ) {}

  /**
   * Begins to watch a folder; its files are indexed by tasks.
   * @throws SemblanceError COLLECTION_NAME_INVALID, FOLDER_NOT_ALLOWED, PATH_NOT_FOUND, USAGE and those of the store
   */
  async start({
    collection,
    folder,
    settled = SETTLED,
    folders,
    ...taking
  }: WatchRequest): Promise<Watcher> {
    this.directory.checkName(collection);
    const root = folders?.resolve(folder) ?? resolve(folder);
    const found = await stat(root).catch((error) => {
      throw toSemblanceError(error, folder);
    });
    if (!found.isDirectory()) {
      throw new SemblanceError('USAGE', 'What is watched is a folder.', { subject: folder });
    }
    this.directory.create();
    const store = new WatchStore(this.directory.watchFile);
    const { directory, tasks } = this;
    return new FolderWatcher({ collection, root, settled, taking, directory, tasks, store });
  }
}

interface Watched {
  collection: string;
  root: string;
  settled: number;
  taking: Taking;
  directory: DataDirectory;
  tasks: TaskService;
  store: WatchStore;
}

class FolderWatcher implements Watcher {
  private readonly settling = new Map<string, Settling>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private closed = false;
  /** Why the folder could not be looked at the last time. */
  private problem: string | undefined;

  constructor(private readonly watched: Watched) {
    this.next(0);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
    this.watched.store.close();
  }

  private next(after: number): void {
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.looking = this.lookAgain();
    }, after).unref();
  }

  private async lookAgain(): Promise<void> {
    const begun = performance.now();
    const { collection, directory, settled } = this.watched;
    try {
      await this.look();
      this.problem = undefined;
    } catch (error) {
      // A drive may be back soon, and a disk have room: it is said once, and looked again.
      const { code } = toSemblanceError(error);
      if (code !== this.problem) {
        directory.logger.warn(
          `${code}: the watched folder of collection "${collection}" is looked at again and again.`,
        );
      }
      this.problem = code;
    }
    this.next(Math.max(settled / LOOKS, SHARE * (performance.now() - begun)));
  }

  private async look(): Promise<void> {
    const { collection, root, directory, tasks, store, taking, settled } = this.watched;
    store.seen(collection, directory.collections().includes(collection));
    const now = performance.now();
    const seen = new Set<string>();
    const ready: { path: string; stamp: string }[] = [];
    for await (const { path, stamp } of filesBelow(root)) {
      if (this.closed) return;
      seen.add(path);
      if (store.stamp(collection, path) === stamp) continue;
      const before = this.settling.get(path);
      if (before?.stamp !== stamp) this.settling.set(path, { stamp, since: now });
      else if (now - before.since >= settled) ready.push({ path, stamp });
    }
    for (const path of this.settling.keys()) if (!seen.has(path)) this.settling.delete(path);
    for (let at = 0; at < ready.length && !this.closed; at += MOST_FILES) {
      const files = ready.slice(at, at + MOST_FILES);
      const names = files.map(({ path }) => relative(root, path));
      // Should this process end here, the same files are the same task, or known already.
      tasks.beginWatched({ collection, folder: root, files: names, ...taking });
      store.take(collection, files);
      for (const { path } of files) this.settling.delete(path);
    }
  }
}

/**
 * The files below a folder and what each is like; links are not followed, and what is hidden or not yet written to its end
 * (`.part`, `.tmp`) is left out.
 * @throws SemblanceError of the folder itself
 */
async function* filesBelow(root: string): AsyncGenerator<{ path: string; stamp: string }> {
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
      // A folder below may go at any time; what cannot be read there may be readable later.
      if (folder === root) throw toSemblanceError(error);
      return [];
    });
    for (const entry of entries) {
      if (isLeftover(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) {
        const stamp = await stampOf(path);
        if (stamp !== undefined) yield { path, stamp };
      }
    }
  }
}

/** What a file is like; undefined for one that is gone or empty, which somebody has only begun to write. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return size === 0 ? undefined : `${size} ${mtimeMs} ${ino}`;
  } catch (error) {
    // The task says what is wrong with it.
    if (path.includes(WRONG)) return 'not UTF-8';
    return systemCode(error) === 'ENOENT' ? undefined : systemCode(error);
  }
}
