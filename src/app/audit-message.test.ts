import { readFileSync } from 'node:fs';
import { RelaxNGValidator, XmlDocument } from 'libxml2-wasm';
import { afterAll, expect, it } from 'vitest';
import { AUDIT_EVENTS, AUDIT_OUTCOMES, type AuditEntry } from '../contract/audit.ts';
import { auditMessage } from './audit-message.ts';

const rules = XmlDocument.fromString(
  readFileSync(new URL('../testing/audit-message.rng', import.meta.url), 'utf8'),
);
const validator = RelaxNGValidator.fromDoc(rules);
afterAll(() => {
  validator.dispose();
  rules.dispose();
});

const ENTRY: AuditEntry = {
  ...{ number: 7, hash: 'ab', time: '2026-01-31T09:30:00.123Z', operation: 'search' },
  ...{ event: 'search', outcome: 'done', code: null, client: '10.0.0.7', collection: 'chest' },
  actor: { kind: 'user', name: 'anna' },
  images: { chest: [1, 12] },
  about: null,
};

/** Reads a message by the rules. */
function read(message: string): XmlDocument {
  const document = XmlDocument.fromString(message);
  validator.validate(document);
  return document;
}

it('keeps the rules of the schema, whatever happened', () => {
  for (const event of AUDIT_EVENTS) {
    for (const outcome of AUDIT_OUTCOMES) {
      read(auditMessage({ ...ENTRY, event, outcome, about: '3', code: 'IMAGE_NOT_FOUND' }));
      const empty = {
        client: null,
        collection: null,
        images: {},
        actor: { kind: 'stranger', name: null },
      };
      read(auditMessage({ ...ENTRY, ...(empty as Partial<AuditEntry>), event, outcome }));
    }
  }
});

it('says who, from where, what, and which images', () => {
  const document = read(auditMessage(ENTRY));
  const text = (path: string) => document.get(path)?.content;
  expect(text('//EventID/@csd-code')).toBe('110112');
  expect(text('//ActiveParticipant[@UserIsRequestor="true"]/@UserID')).toBe('anna');
  expect(text('//ActiveParticipant/@NetworkAccessPointID')).toBe('10.0.0.7');
  const images = '//ParticipantObjectIdentification[@ParticipantObjectID="chest"]';
  const told = text(`${images}/ParticipantObjectDetail/@value`) ?? '';
  expect(Buffer.from(told, 'base64').toString()).toBe('1,12');
});

it('holds names of any letters, and nothing in them becomes a part of it', () => {
  const name = '"><X a=\'&amp;\u0000\ud800 Jürgen 😀\n';
  const document = read(auditMessage({ ...ENTRY, actor: { kind: 'user', name } }));
  const found = document.get('//ActiveParticipant[@UserIsRequestor="true"]/@UserID')?.content;
  expect(found).toBe('"><X a=\'&amp;?? Jürgen 😀\n');
  expect(document.get('//X')).toBeNull();
});

it('is refused by these rules where it is another thing', () => {
  const message = auditMessage(ENTRY);
  for (const other of [
    message.replace('EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'),
    message.replaceAll(/<ActiveParticipant.*<\/ActiveParticipant>|<ActiveParticipant[^>]*\/>/g, ''),
    message.replace(' originalText="Query"', ''),
    message.replace('ParticipantObjectTypeCodeRole="3"', 'ParticipantObjectTypeCodeRole="27"'),
  ]) {
    expect(other).not.toBe(message);
    expect(() => read(other)).toThrow();
  }
});
