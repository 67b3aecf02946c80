import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { SemblanceError, systemCode } from '../../domain/errors/error.ts';
import type { PeerAddress, SentObject } from './client.ts';
import { STATUS } from './command.ts';
import { type Provider, provide, storageSyntax } from './server.ts';

/** It listens no longer where nothing is awaited for so long, in milliseconds. */
const IDLE = 5_000;
const SILENCE = 60_000;
const MOST_ASSOCIATIONS = 8;

/** Takes the objects that a PACS sends because it was asked to, by C-MOVE; all others are refused. */
export class MoveReceiver {
  private readonly awaited = new Map<string, (object: SentObject) => Promise<void>>();
  private provider: Promise<Provider> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Why the PACS was refused, the last time. */
  private trouble: string | undefined;

  /**
   * @param pacs which is let in from its address alone
   * @param port that it sends to
   * @param maxObject bytes of an object
   */
  constructor(
    private readonly pacs: Omit<PeerAddress, 'tls'>,
    private readonly port: number,
    private readonly maxObject: number,
  ) {}

  /**
   * Waits for an object.
   * @param move makes the PACS send it; ends when it has
   * @returns undefined where it did not come
   * @throws SemblanceError PORT_IN_USE, PORT_NOT_ALLOWED, PACS_HOST_UNKNOWN; what `move` and `keep` throw
   */
  async object<T>(
    uid: string,
    keep: (object: SentObject) => Promise<T>,
    move: () => Promise<void>,
  ): Promise<T | undefined> {
    clearTimeout(this.timer);
    if (this.awaited.has(uid)) {
      throw new SemblanceError('PACS_UNAVAILABLE', 'The same instance is on its way already.');
    }
    let kept: T | undefined;
    this.awaited.set(uid, async (object) => {
      kept = await keep(object);
    });
    try {
      this.provider ??= this.listen();
      await this.provider;
      await move();
      return kept;
    } catch (error) {
      if (this.trouble === undefined || !(error instanceof SemblanceError)) throw error;
      const { code, subject } = error;
      const said = `${error.message} What it sent was refused: ${this.trouble}.`;
      throw new SemblanceError(code, said, { cause: error, ...(subject && { subject }) });
    } finally {
      this.awaited.delete(uid);
      if (this.awaited.size === 0) {
        this.timer = setTimeout(() => void this.close(), IDLE).unref();
      }
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    const provider = this.provider;
    this.provider = undefined;
    await provider?.then((each) => each.close()).catch(() => undefined);
  }

  private async listen(): Promise<Provider> {
    const { host, calling } = this.pacs;
    const addresses = new BlockList();
    const found = await lookup(host, { all: true }).catch((cause) => {
      throw new SemblanceError('PACS_HOST_UNKNOWN', 'Nobody knows this name.', { cause });
    });
    for (const { address } of found) addresses.addAddress(address, family(address));
    const first = found[0]?.address ?? host;
    const isHere = found.every(({ address }) => /^(127\.|::1$)/.test(address));
    try {
      return await provide(isHere ? first : isIPv6(first) ? '::' : '0.0.0.0', this.port, {
        ...{ called: calling, allowed: [{ calling: undefined, addresses }], silence: SILENCE },
        ...{ choose: storageSyntax, maxDataSet: this.maxObject },
        ...{ maxAssociations: MOST_ASSOCIATIONS, maxPerAddress: MOST_ASSOCIATIONS },
        store: async (object) => {
          const take = this.awaited.get(object.sopInstance);
          if (take === undefined) return STATUS.doesNotMatch;
          await take(object);
          return STATUS.success;
        },
        onTrouble: (why) => {
          this.trouble = why;
        },
      });
    } catch (cause) {
      this.provider = undefined;
      const code = systemCode(cause) === 'EADDRINUSE' ? 'PORT_IN_USE' : 'PORT_NOT_ALLOWED';
      const why = `Objects cannot be received on port ${this.port}.`;
      throw new SemblanceError(code, why, { cause });
    }
  }
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
