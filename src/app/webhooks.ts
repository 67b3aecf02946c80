import { createHmac, randomBytes } from 'node:crypto';
import type { Task } from '../contract/tasks.ts';
import type { NewWebhook, Webhook, WebhookMessage } from '../contract/webhooks.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { privateAddress } from '../http/private-address.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type Delivery, type StoredWebhook, WebhookStore } from '../store/webhook-store.ts';

/** How often it is looked for tasks that have ended, in milliseconds. */
const LOOK = 2000;
/** How long one may take to answer, in milliseconds. */
const TIMEOUT = 10_000;
/** How long it is waited before each further try, in milliseconds: a day and a half in all, as long as an outage may take. */
const AGAIN = [5_000, 60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 86_400_000];
/** So many may be told. */
const MOST = 20;
const PREFIX = 'whsec_';

/**
 * Tells other programs that tasks have ended, by messages that are signed as Standard Webhooks 1.0 has it, so that they need
 * not ask. Each end is told at least once, also when this process was ended before.
 */
export class WebhookService {
  private store: WebhookStore | undefined;
  private timer: NodeJS.Timeout | undefined;
  private telling: Promise<void> | undefined;
  /** Ends of tasks that this process has noted at its last look. */
  private noted: ReadonlySet<string> = new Set();
  private readonly closing = new AbortController();

  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly tasks: { list(): Task[] },
  ) {}

  /**
   * Has one told from now on.
   * @param request `url`: https, or http on this machine
   * @returns it with its secret, which is kept encrypted and told nobody again
   * @throws SemblanceError WEBHOOK_INVALID and those of the store
   */
  add({ url }: { url: string }): NewWebhook {
    const address = addressOf(url);
    this.directory.create();
    const store = this.opened(true) as WebhookStore;
    if (store.list().length >= MOST) {
      throw new SemblanceError('WEBHOOK_INVALID', `There are ${MOST} already.`);
    }
    const secret = `${PREFIX}${randomBytes(32).toString('base64')}`;
    const id = store.add({ url: address.href, secret, since: Date.now() });
    return { id, url: shown(address.href), waiting: 0, last: null, secret };
  }

  /** Without their secrets. @throws SemblanceError those of the store */
  list(): Webhook[] {
    const store = this.opened();
    const outcomes = new Map(store?.outcomes().map((each) => [each.webhook, each]));
    return (store?.list() ?? []).map(({ id, url }) => {
      const { waiting = 0, last = null } = outcomes.get(id) ?? {};
      return { id, url: shown(url), waiting, last };
    });
  }

  /** @throws SemblanceError WEBHOOK_NOT_FOUND and those of the store */
  remove({ id }: { id: number }): void {
    const store = this.opened();
    if (store === undefined) {
      throw new SemblanceError('WEBHOOK_NOT_FOUND', `There is no webhook ${id}.`);
    }
    store.remove(id);
  }

  /** Tells what is to be told from now on. */
  start(): void {
    this.timer ??= setInterval(() => {
      // What cannot be read or written is looked at again.
      this.telling ??= this.tell()
        .catch(() => undefined)
        .finally(() => {
          this.telling = undefined;
        });
    }, LOOK).unref();
  }

  /** @internal */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    await this.telling;
    this.store?.close();
  }

  private opened(create = false): WebhookStore | undefined {
    this.store ??= WebhookStore.open(this.directory.webhooksFile, create);
    return this.store;
  }

  private async tell(): Promise<void> {
    const store = this.opened();
    const webhooks = new Map(store?.list().map((each) => [each.id, each]));
    if (store === undefined || webhooks.size === 0) return;
    // In the order in which they ended.
    const tasks = this.tasks.list().sort((a, b) => (a.changed < b.changed ? -1 : 1));
    const noted = new Set<string>();
    for (const task of tasks) {
      const body = messageOf(task);
      const ended = Date.parse(task.changed);
      for (const { id, since } of webhooks.values()) {
        if (body === undefined || ended < since) continue;
        const end = `${id} ${task.id} ${ended}`;
        if (!this.noted.has(end)) store.note(id, task.id, ended, JSON.stringify(body));
        noted.add(end);
      }
    }
    if ([...noted].some((end) => !this.noted.has(end))) store.forget(tasks.map(({ id }) => id));
    this.noted = noted;
    while (!this.closing.signal.aborted) {
      const delivery = store.take(Date.now() + 2 * TIMEOUT);
      if (delivery === undefined) return;
      const webhook = webhooks.get(delivery.webhook);
      if (webhook === undefined) continue;
      const outcome = await this.send(webhook, delivery);
      if (this.closing.signal.aborted) return;
      const wait = outcome === 'told' ? undefined : AGAIN[delivery.tries - 1];
      store.told(delivery.id, outcome, wait === undefined ? undefined : Date.now() + wait);
    }
  }

  /** @returns `told`, or why not */
  private async send({ url, secret }: StoredWebhook, { id, body }: Delivery): Promise<string> {
    const name = `msg_${id}`;
    const time = Math.floor(Date.now() / 1000);
    const address = new URL(url);
    const { username, password } = address;
    address.username = '';
    address.password = '';
    const timeout = AbortSignal.timeout(TIMEOUT);
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': name,
          'webhook-timestamp': String(time),
          'webhook-signature': `v1,${signatureOf(secret, `${name}.${time}.${body}`)}`,
          ...(username !== '' && {
            Authorization: `Basic ${Buffer.from(
              `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
            ).toString('base64')}`,
          }),
        },
        body,
        // Whoever is told is the one that was named.
        redirect: 'manual',
        signal: AbortSignal.any([this.closing.signal, timeout]),
      });
      await answer.body?.cancel();
      return answer.ok ? 'told' : `status ${answer.status}`;
    } catch {
      return timeout.aborted ? 'no answer in time' : 'not reached';
    }
  }
}

/** The signature of a message: HMAC-SHA-256 by the secret's bytes, in base64 (Standard Webhooks 1.0). */
function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(signed).digest('base64');
}

/** @throws SemblanceError WEBHOOK_INVALID */
function addressOf(url: string): URL {
  const address = privateAddress(url);
  if (address !== undefined) return address;
  throw new SemblanceError('WEBHOOK_INVALID', 'It is neither https nor http on this machine.');
}

/** An address without what lets one in. */
function shown(url: string): string {
  const address = new URL(url);
  address.password = '';
  address.search = address.search && '?…';
  return address.href;
}

/** What is told of a task; undefined of one that has not ended. */
function messageOf(task: Task): WebhookMessage | undefined {
  const { id, kind, state, collection, changed, result, error } = task;
  if (state !== 'done' && state !== 'failed' && state !== 'cancelled') return undefined;
  const counts = Object.entries(result ?? {}).filter(([, value]) => typeof value === 'number');
  return {
    type: `task.${state}`,
    timestamp: changed,
    data: {
      ...{ task: id, kind, collection, code: error?.code ?? null },
      counts: Object.fromEntries(counts) as Record<string, number>,
    },
  };
}
