import { SemblanceError } from '../domain/errors/error.ts';

/** UIDs that a template of addresses has places for. */
const VIEWER_PLACES = ['study', 'series', 'instance'] as const;

/** The address of an instance in a viewer. */
export type ViewerUrl = (uids: Readonly<Record<(typeof VIEWER_PLACES)[number], string>>) => string;

/**
 * Reads a template such as `https://viewer.example/viewer?StudyInstanceUIDs={study}&initialSeriesInstanceUID={series}`.
 * UIDs enter it percent-encoded, and nowhere before its path: they choose no other server.
 * @throws SemblanceError USAGE
 */
export function parseViewerUrl(template: string): ViewerUrl {
  const invalid = (why: string) =>
    new SemblanceError('USAGE', `The address of the viewer ${why}.`, { subject: template });
  const fill: ViewerUrl = (uids) =>
    template.replace(/\{(\w*)\}/g, (all, name: keyof typeof uids) =>
      Object.hasOwn(uids, name) ? encodeURIComponent(uids[name]) : all,
    );
  const filled = fill({ study: '1', series: '2', instance: '3' });
  if (!/^https?:\/\//i.test(template) || !URL.canParse(filled)) {
    throw invalid('begins with http:// or https://, and a host');
  }
  if (/[\s\p{Cc}]/u.test(template)) throw invalid('has a blank in it');
  if (/[{}]/.test(filled)) {
    throw invalid(`has places for ${VIEWER_PLACES.map((each) => `{${each}}`).join(', ')} alone`);
  }
  if (!template.includes('{study}')) throw invalid('has no place for {study}');
  const { username, password } = new URL(filled);
  if (username || password) throw invalid('has a user name or a password in it');
  const [authority = ''] = template.replace(/^https?:\/\//i, '').split(/[/?#\\]/);
  if (authority === '' || authority.includes('{')) throw invalid('has a host without a place');
  return fill;
}
