import type { Connection } from './connection.ts';
import type { HiddenPaths } from './hidden-paths.ts';
import type { SourceDescription } from './records.ts';

/**
 * So often may workers end while they hold a job, before it counts as failed.
 * @testing
 */
export const MAX_TRIES = 3;
/** Wait before the second try of a job, in milliseconds; doubled for each further one. */
const BACKOFF = 500;

/** Why a job failed: code and text of an error. */
export interface JobError {
  code: string;
  detail: string;
  /** What its path is called. */
  subject?: string;
}

/** An image to encode, as long as its lease runs. */
export interface Job {
  id: number;
  sourceId: number;
  root: string;
  description: SourceDescription;
  /** Number of this lease of the job. Whoever comes back with a lower one than the present is too late. */
  tries: number;
  owner: string;
}

/** How many jobs there are of each outcome; `open` are not done yet. */
export type JobCounts = Record<
  'open' | 'added' | 'renamed' | 'reread' | 'unchanged' | 'failed',
  number
>;

/** The present lease of a job, and none that has run out and was given to another. */
const HELD = 'id = ? AND owner = ? AND tries = ? AND outcome IS NULL';

/**
 * The images that workers are to encode, in the collection's own file, so that a result and the end of
 * its job are one transaction. A worker leases jobs for a time and renews the lease while it works;
 * what a worker that died has leased is leased to another when the time has run out. Where the images are is encrypted:
 * whom it names is known only when they are read.
 */
export class JobQueue {
  constructor(
    private readonly connection: Connection,
    private readonly hidden: HiddenPaths,
  ) {}

  /** Adds images; those that wait already are taken anew, with their new description. */
  add(encoderId: number, sourceId: number, images: readonly SourceDescription[]): void {
    this.connection.write(() => {
      for (const image of images) {
        this.connection.run(
          'INSERT OR REPLACE INTO jobs (encoder_id, source_id, path, description) VALUES (?, ?, ?, ?)',
          encoderId,
          sourceId,
          this.hidden.digest(image.path).toString('hex'),
          this.hidden.seal(JSON.stringify(image)).toString('base64'),
        );
      }
    });
  }

  /** The encoder for which there is something to do, of several the last added. */
  openEncoder(): number | undefined {
    return this.one('SELECT encoder_id FROM jobs WHERE outcome IS NULL ORDER BY id DESC LIMIT 1');
  }

  /** When the next job can be leased (Unix time in milliseconds); undefined when all are done. */
  nextAt(encoderId: number): number | undefined {
    return (
      this.one<number | null>(
        'SELECT min(ready_at) FROM jobs WHERE encoder_id = ? AND outcome IS NULL',
        encoderId,
      ) ?? undefined
    );
  }

  /**
   * Leases jobs. One that was leased before comes alone, so that an image which ends its worker
   * takes no others along; after `MAX_TRIES` it has failed.
   * @param owner name of the worker, of its own
   * @param limit how many at the most
   * @param lease milliseconds
   * @param freshOnly only jobs that were never leased
   */
  lease(encoderId: number, owner: string, limit: number, lease: number, freshOnly = false): Job[] {
    return this.connection.write(() => {
      const rows = this.connection.all<
        Omit<Job, 'description' | 'owner'> & { description: string }
      >(
        `SELECT jobs.id, source_id AS sourceId, root, description, tries FROM jobs
       JOIN sources ON sources.id = source_id
       WHERE encoder_id = ? AND outcome IS NULL AND ready_at <= ? AND tries <= ?
       ORDER BY jobs.id LIMIT ?`,
        encoderId,
        Date.now(),
        freshOnly ? 0 : MAX_TRIES,
        limit,
      );
      const spent = rows.filter(({ tries }) => tries >= MAX_TRIES);
      for (const { id } of spent) {
        this.connection.run(
          `UPDATE jobs SET outcome = 'failed', error = coalesce(error, ?), owner = NULL WHERE id = ?`,
          JSON.stringify({
            code: 'WORKER_ENDED',
            detail: `${MAX_TRIES} workers ended while they had it.`,
          }),
          id,
        );
      }
      const left = rows.filter(({ tries }) => tries < MAX_TRIES);
      const alone = left[0] !== undefined && left[0].tries > 0;
      const taken = alone ? left.slice(0, 1) : left.filter(({ tries }) => tries === 0);
      return taken.map((row) => {
        const tries = row.tries + 1;
        this.connection.run(
          'UPDATE jobs SET owner = ?, tries = ?, ready_at = ? WHERE id = ?',
          owner,
          tries,
          Date.now() + lease,
          row.id,
        );
        const root = this.hidden.rootOnDisk(row.root);
        return { ...row, root, tries, owner, description: this.described(row.description) };
      });
    });
  }

  /** Renews leases that are still held. */
  renew(jobs: readonly Job[], lease: number): void {
    this.connection.write(() => {
      for (const job of jobs) {
        this.connection.run(
          `UPDATE jobs SET ready_at = ? WHERE ${HELD}`,
          Date.now() + lease,
          ...held(job),
        );
      }
    });
  }

  /**
   * Ends a job, if the lease is still held; to be called in the transaction that stores the result,
   * and the result is to be stored only then.
   * @returns whether it is held
   */
  finish(job: Job, outcome: Exclude<keyof JobCounts, 'open'>, error?: JobError): boolean {
    return (
      this.connection.run(
        `UPDATE jobs SET outcome = ?, error = ?, owner = NULL WHERE ${HELD}`,
        outcome,
        error === undefined ? null : JSON.stringify(error),
        ...held(job),
      ) > 0
    );
  }

  /** Gives a job back after an error that may pass; after `MAX_TRIES` it has failed by that error. */
  retry(job: Job, error: JobError): void {
    this.connection.run(
      `UPDATE jobs SET owner = NULL, ready_at = ?, error = ? WHERE ${HELD}`,
      Date.now() + BACKOFF * 2 ** (job.tries - 1),
      JSON.stringify(error),
      ...held(job),
    );
  }

  /**
   * Gives back what a worker held that is known to have ended.
   * @returns how many jobs
   */
  release(owner: string): number {
    return this.connection.write(() =>
      this.connection.run(
        `UPDATE jobs SET owner = NULL, ready_at = ? + ? * (1 << (tries - 1))
         WHERE owner = ? AND outcome IS NULL`,
        Date.now(),
        BACKOFF,
        owner,
      ),
    );
  }

  /** How many jobs a worker has leased. */
  heldBy(owner: string): number {
    return this.one(
      'SELECT count(*) FROM jobs WHERE owner = ? AND outcome IS NULL',
      owner,
    ) as number;
  }

  /** How far the jobs of an encoder and a source are. */
  counts(encoderId: number, sourceId: number): JobCounts {
    const counts: JobCounts = {
      open: 0,
      added: 0,
      renamed: 0,
      reread: 0,
      unchanged: 0,
      failed: 0,
    };
    const rows = this.connection.all<{ outcome: keyof JobCounts; n: number }>(
      `SELECT coalesce(outcome, 'open') AS outcome, count(*) AS n FROM jobs
         WHERE encoder_id = ? AND source_id = ? GROUP BY outcome`,
      encoderId,
      sourceId,
    );
    for (const { outcome, n } of rows) counts[outcome] = n;
    return counts;
  }

  /** The images of an encoder and a source that have failed. */
  failures(encoderId: number, sourceId: number): { path: string; error: JobError }[] {
    const rows = this.connection.all<{ description: string; error: string }>(
      `SELECT description, error FROM jobs WHERE encoder_id = ? AND source_id = ? AND outcome = 'failed'
         ORDER BY id`,
      encoderId,
      sourceId,
    );
    return rows.map(({ description, error }) => ({
      path: this.described(description).path,
      error: JSON.parse(error),
    }));
  }

  /** Forgets the jobs of an encoder and a source. */
  clear(encoderId: number, sourceId: number): void {
    this.connection.write(() =>
      this.connection.run(
        'DELETE FROM jobs WHERE encoder_id = ? AND source_id = ?',
        encoderId,
        sourceId,
      ),
    );
  }

  /** @param kept encrypted, or as an earlier version left it */
  private described(kept: string): SourceDescription {
    return JSON.parse(kept.startsWith('{') ? kept : this.hidden.open(Buffer.from(kept, 'base64')));
  }

  /** The first column of the first row. */
  private one<T = number>(sql: string, ...params: unknown[]): T | undefined {
    return this.connection.column<T>(sql, ...params)[0];
  }
}

function held({ id, owner, tries }: Job): [number, string, number] {
  return [id, owner, tries];
}
