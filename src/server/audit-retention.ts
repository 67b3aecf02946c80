import type { AuditService } from '../app/audit.ts';
import { toSemblanceError } from '../domain/errors/error.ts';

const DAY = 86_400_000;

/**
 * Has entries of the audit log removed that are older than so many days: now, and daily.
 * @param own number of the first entry of this server. What was written since the look before stays in any case, and where
 *   all before that would go, nothing goes: the clock may have jumped
 * @param warn is told where nothing could be removed
 * @returns what ends it
 */
export function keepAuditFor(
  audit: AuditService,
  days: number,
  own: number,
  warn: (warning: string) => void,
): () => void {
  let until = own;
  const look = async () => {
    try {
      const before = new Date(Date.now() - days * DAY);
      const would = await audit.prune({ before, until, dryRun: true });
      if (would.removed > 0 && would.base.number >= until - 1) {
        warn(
          'The audit log was not pruned, since all of it would go: is the clock right? docs/audit.md',
        );
      } else await audit.prune({ before, until });
      until = audit.head().number + 1;
    } catch (error) {
      const { code, message } = toSemblanceError(error);
      warn(`The audit log was not pruned: ${code}: ${message}`);
    }
  };
  void look();
  const timer = setInterval(look, DAY).unref();
  return () => clearInterval(timer);
}
