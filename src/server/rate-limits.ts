import type { Context, MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Principal } from '../app/access.ts';
import { networkOf } from '../app/network-of.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { clientOf } from './proxies.ts';

/** How many requests are answered in a minute. */
export interface RequestLimits {
  /** Of each user and each key, from wherever they come. */
  ofUser: number;
  /** Of each address, without a user or key. */
  ofAddress: number;
}

/** What a page of thumbnails or a viewer with its frames asks for, many times over. */
export const DEFAULT_REQUESTS: RequestLimits = { ofUser: 6000, ofAddress: 600 };

/** Seconds in which requests are counted together. */
const WINDOW = 60;

/** How much somebody may ask for, and what is left of it. */
export interface Quota {
  name: string;
  /** So much in so many seconds. */
  most: number;
  window: number;
  left: number;
  /** Seconds until there is more. */
  resets: number;
}

declare module 'hono' {
  interface ContextVariableMap {
    /** What is left for whoever asks; undefined where nothing is counted. */
    quota: Quota | undefined;
  }
}

/** Somebody has asked for more than he may. */
class RateLimitedError extends SemblanceError {
  readonly retryAfter: number;

  constructor(readonly quota: Quota) {
    super('RATE_LIMITED', `${quota.most} in ${quota.window} seconds are answered.`);
    this.retryAfter = quota.resets;
  }
}

/** A quota as headers of an answer, by draft-ietf-httpapi-ratelimit-headers-10. */
export function quotaHeaders({ name, most, window, left, resets }: Quota): Record<string, string> {
  return {
    'RateLimit-Policy': `"${name}";q=${most};w=${window}`,
    RateLimit: `"${name}";r=${left};t=${resets}`,
  };
}

/** Tells whoever asks what is left; what was refused by a quota of its own tells that. */
export const tellQuota: MiddlewareHandler = async (c, next) => {
  await next();
  const quota = c.get('quota');
  if (quota === undefined || c.res.headers.has('RateLimit')) return;
  for (const [name, value] of Object.entries(quotaHeaders(quota))) c.header(name, value);
};

/** Counts the requests of whoever asks. */
export class RateLimits {
  private readonly users: RateLimiterMemory;
  private readonly addresses: RateLimiterMemory;

  constructor({ ofUser, ofAddress }: RequestLimits) {
    this.users = new RateLimiterMemory({ points: ofUser, duration: WINDOW });
    this.addresses = new RateLimiterMemory({ points: ofAddress, duration: WINDOW });
  }

  /**
   * Counts one request.
   * @returns what is left
   * @throws SemblanceError RATE_LIMITED with `retryAfter`, in seconds
   */
  async take(c: Context, principal: Principal | undefined): Promise<Quota> {
    const limiter = principal ? this.users : this.addresses;
    const who = principal ? `${principal.kind} ${principal.name}` : networkOf(clientOf(c));
    const name = principal ? 'requests' : 'strangers';
    const quotaOf = ({ remainingPoints: left, msBeforeNext }: RateLimiterRes): Quota => ({
      ...{ name, most: limiter.points, window: WINDOW, left },
      // The clock may have been set in the meantime.
      resets: Math.min(WINDOW, Math.max(1, Math.ceil(msBeforeNext / 1000))),
    });
    try {
      return quotaOf(await limiter.consume(who));
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw new RateLimitedError(quotaOf(refused));
      throw refused;
    }
  }
}
