import { SemblanceError } from '../domain/errors/error.ts';
import { networkOf } from './network-of.ts';

/** After so many failures of a user or of an address, it is waited. */
const OF_USER = 10;
const OF_ADDRESS = 50;
/** How long, and how long failures are counted together, in milliseconds. */
const WAIT = 15 * 60_000;
/** So many names and addresses are remembered; the oldest makes room. */
const REMEMBERED = 10_000;

/** Too many wrong passwords. */
class LoginLockedError extends SemblanceError {
  /** What a server tells of it beside Retry-After. */
  readonly quota: object;

  /** @param retryAfter seconds until it is heard again */
  constructor(
    readonly retryAfter: number,
    most: number,
  ) {
    super('LOGIN_LOCKED', `Wait ${Math.ceil(retryAfter / 60)} minutes.`);
    this.quota = { name: 'passwords', most, window: WAIT / 1000, left: 0, resets: retryAfter };
  }
}

/** Counts wrong passwords, in memory: by the name that was tried, whether there is such a user or not, and by address. */
export class LoginFailures {
  private readonly counts = new Map<string, { count: number; since: number }>();

  /**
   * Counts a try as failed until it is known that it is not.
   * @returns forget: the try was right
   * @throws SemblanceError LOGIN_LOCKED where there were too many; that the right password is tried changes nothing
   */
  begin(name: string, address: string): { forget(): void } {
    // A name of any length is remembered in a short form; names that differ after that share their count.
    const [user, from] = [`user ${name.slice(0, 64)}`, `address ${networkOf(address)}`];
    this.count(from, OF_ADDRESS);
    this.count(user, OF_USER);
    return {
      forget: () => {
        this.counts.delete(user);
        const address = this.counts.get(from);
        if (address !== undefined) address.count -= 1;
      },
    };
  }

  private count(key: string, most: number): void {
    const now = performance.now();
    const before = this.counts.get(key);
    const isRecent = before !== undefined && now - before.since < WAIT;
    if (isRecent && before.count >= most) {
      throw new LoginLockedError(Math.ceil((before.since + WAIT - now) / 1000), most);
    }
    const kept = isRecent ? before : { count: 0, since: now };
    kept.count += 1;
    // The wait begins with the last failure.
    if (kept.count === most) kept.since = now;
    this.counts.delete(key);
    this.counts.set(key, kept);
    const [oldest] = this.counts.keys();
    if (this.counts.size > REMEMBERED) this.counts.delete(oldest as string);
  }
}
