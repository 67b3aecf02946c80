import { hostname } from 'node:os';
import type { AuditEntry, AuditEvent } from '../contract/audit.ts';
import { actorText } from './audit.ts';

/** A code of DICOM (PS3.16) and its meaning. */
type Code = readonly [code: string, meaning: string];

/** What an event is called in audit messages: its family, the action, and its kind within the family where it has some. */
const EVENTS: Readonly<Record<AuditEvent, { id: Code; action: string; type?: Code }>> = {
  start: {
    id: ['110100', 'Application Activity'],
    action: 'E',
    type: ['110120', 'Application Start'],
  },
  stop: {
    id: ['110100', 'Application Activity'],
    action: 'E',
    type: ['110121', 'Application Stop'],
  },
  login: { id: ['110114', 'User Authentication'], action: 'E', type: ['110122', 'Login'] },
  logout: { id: ['110114', 'User Authentication'], action: 'E', type: ['110123', 'Logout'] },
  access: {
    id: ['110113', 'Security Alert'],
    action: 'E',
    type: ['110132', 'Use of Restricted Function'],
  },
  rights: {
    id: ['110113', 'Security Alert'],
    action: 'E',
    type: ['110137', 'User Security Attributes Changed'],
  },
  search: { id: ['110112', 'Query'], action: 'E' },
  contact: { id: ['110112', 'Query'], action: 'E' },
  view: { id: ['110103', 'DICOM Instances Accessed'], action: 'R' },
  change: { id: ['110103', 'DICOM Instances Accessed'], action: 'U' },
  delete: { id: ['110103', 'DICOM Instances Accessed'], action: 'D' },
  export: { id: ['110106', 'Data Export'], action: 'R' },
  send: { id: ['110106', 'Data Export'], action: 'R' },
  receive: { id: ['110107', 'Data Import'], action: 'C' },
  audit: { id: ['110101', 'Audit Log Used'], action: 'R' },
};

/** EventOutcomeIndicator; what has begun has not failed yet. */
const OUTCOMES = { begun: '0', done: '0', refused: '8', failed: '4' } as const;

type Attributes = Readonly<Record<string, string | undefined>>;

/** Text that is written whole: what XML cannot hold at all is a question mark (XML 1.0, section 2.2). */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll(/[&<>"\t\n\r]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

function element(name: string, attributes: Attributes, ...content: string[]): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(value)}"`],
  );
  return content.length === 0
    ? `<${name}${given.join('')}/>`
    : `<${name}${given.join('')}>${content.join('')}</${name}>`;
}

const coded = (name: string, [code, meaning]: Code, system = 'DCM') =>
  element(name, { 'csd-code': code, codeSystemName: system, originalText: meaning });

/** Something that took part. @param type how it is identified @param role ParticipantObjectTypeCodeRole */
function object(
  id: string,
  { type, system, role, name = id }: { type: Code; system: string; role: string; name?: string },
  details: readonly [type: string, value: string][] = [],
): string {
  return element(
    'ParticipantObjectIdentification',
    {
      ParticipantObjectID: id,
      ParticipantObjectTypeCode: '2',
      ParticipantObjectTypeCodeRole: role,
    },
    coded('ParticipantObjectIDTypeCode', type, system),
    element('ParticipantObjectName', {}, escaped(name)),
    ...details.map(([kind, value]) =>
      element('ParticipantObjectDetail', {
        type: kind,
        value: Buffer.from(value).toString('base64'),
      }),
    ),
  );
}

/**
 * An entry as an audit message in XML, by the schema of DICOM PS3.15, A.5.1. Where the profile has patients and studies, the
 * message has collections and the numbers of images: the log names nobody.
 */
export function auditMessage(entry: AuditEntry): string {
  const { event, operation, outcome, code, actor, client, collection, images, about } = entry;
  const { id, action, type } = EVENTS[event];
  const isRunning = event === 'start' || event === 'stop';
  const collections = new Map(Object.entries(images));
  if (collection !== null && !collections.has(collection)) collections.set(collection, []);
  const own = 'Semblance';
  return element(
    'AuditMessage',
    {},
    element(
      'EventIdentification',
      {
        ...{ EventActionCode: action, EventDateTime: entry.time },
        EventOutcomeIndicator: OUTCOMES[outcome],
      },
      coded('EventID', id),
      ...(type === undefined ? [] : [coded('EventTypeCode', type)]),
      element(
        'EventOutcomeDescription',
        {},
        escaped(code === null ? outcome : `${outcome}: ${code}`),
      ),
    ),
    element(
      'ActiveParticipant',
      { UserID: 'semblance', UserIsRequestor: 'false' },
      coded('RoleIDCode', ['110150', 'Application']),
    ),
    element(
      'ActiveParticipant',
      {
        UserID: actorText(actor),
        UserIsRequestor: 'true',
        NetworkAccessPointID: client ?? undefined,
        NetworkAccessPointTypeCode: client === null ? undefined : '2',
      },
      ...(isRunning ? [coded('RoleIDCode', ['110151', 'Application Launcher'])] : []),
    ),
    element(
      'AuditSourceIdentification',
      { AuditSourceID: `semblance@${hostname()}` },
      element('AuditSourceTypeCode', { 'csd-code': '4' }),
    ),
    ...(event === 'audit'
      ? [
          object('audit.sqlite', {
            ...{ type: ['12', 'URI'], system: 'RFC-3881', role: '13', name: 'Security Audit Log' },
          }),
        ]
      : []),
    ...[...collections].map(([name, ids]) =>
      object(
        name,
        { type: ['collection', 'Collection'], system: own, role: '3' },
        ids.length === 0 ? [] : [['images', ids.join(',')]],
      ),
    ),
    ...(about === null
      ? []
      : [object(about, { type: ['subject', 'Subject'], system: own, role: '6' })]),
    object(operation, { type: ['operation', 'Operation'], system: own, role: '26' }, [
      ['number', String(entry.number)],
      ['hash', entry.hash],
    ]),
  );
}
