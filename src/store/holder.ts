import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';

/** After which silence whoever holds something is taken for dead, in milliseconds. */
const DEAD = 60_000;

/** Who holds something that one at a time may do, as it is kept beside it. */
const HolderSchema = z.object({
  token: z.string(),
  pid: z.number().int(),
  host: z.string(),
  /** Unix times in milliseconds: when it was taken, and when its holder last said that it is at work. */
  since: z.number(),
  at: z.number(),
});
export type Holder = z.infer<typeof HolderSchema>;

/** What this process holds, which alone knows whether something of its own is still held. */
const own = new Set<string>();

/** A holder in this process; it is to be let go of. */
export function newHolder(): Holder {
  const now = Date.now();
  const token = randomUUID();
  own.add(token);
  return { token, pid: process.pid, host: hostname(), since: now, at: now };
}

/** A holder that says now that it is at work. */
export function renewed(holder: Holder): Holder {
  return { ...holder, at: Date.now() };
}

/** Ends a holder of this process. */
export function letGo({ token }: Holder): void {
  own.delete(token);
}

/** Who holds something; what cannot be read is nobody, or it would be held for ever. */
export function holderOf(text: string | null | undefined): Holder | undefined {
  try {
    return HolderSchema.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}

/** Whether a holder is still at work, as far as this machine can tell. */
export function isAlive({ token, pid, host, at }: Holder): boolean {
  if (host !== hostname()) return Date.now() - at < DEAD;
  if (pid === process.pid) return own.has(token);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return Date.now() - at < DEAD;
}
