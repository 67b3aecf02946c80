import { setTimeout as sleep } from 'node:timers/promises';

/** How often something is tried that fails for a reason that may pass. */
const TRIES = 6;
/** The first wait between two tries, and the longest, in milliseconds. */
const WAIT = 500;
const LONGEST_WAIT = 60_000;

/** How long a PACS is waited for. */
export interface Patience {
  /** Milliseconds before a request is made again; twice as many each further time. */
  firstWait?: number;
  /** How often a request is made that fails for a reason that may pass. */
  tries?: number;
  /** Milliseconds that it may be silent for. */
  silence?: number;
}

/** The tries of one request. */
export class Tries {
  private tried = 0;

  constructor(
    private readonly patience: Patience,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Waits before the next try.
   * @param wait milliseconds that the PACS asks for
   * @returns whether there is one left
   * @throws the signal's reason
   */
  async again(wait?: number): Promise<boolean> {
    const { firstWait = WAIT, tries = TRIES } = this.patience;
    this.tried += 1;
    if (this.tried >= tries) return false;
    const own = firstWait * 2 ** (this.tried - 1) * (0.5 + Math.random());
    await sleep(Math.min(LONGEST_WAIT, wait ?? own), undefined, { signal: this.signal });
    return true;
  }
}
