import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MemorySource } from '../../dicom/byte-source.ts';
import { keyObjects, similarityReport } from '../../dicom/documents.ts';
import { readParts } from '../../dicom/file-format.ts';
import { EXPLICIT, IMPLICIT } from '../../dicom/transfer-syntax.ts';
import { dcmtk, hasDcmtk, startDcmtk } from '../../testing/dcmtk.ts';
import { CT } from '../../testing/slices.ts';
import { holdPorts } from '../../testing/weaviate.ts';
import { sendObjects } from './send.ts';
import { type Provider, provide } from './server.ts';

const search = {
  ...{ collection: 'test', encoder: 'e', made: new Date(), searchedWith: ['a picture'], notes: [] },
  person: { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Käßner^PLANTEDNAME' }] } },
  results: [
    {
      ...{ similarity: 0.5, rank: 1 },
      reference: { study: '1.2', series: '1.2.3', instance: '1.2.3.4', sopClass: CT },
    },
  ],
};
const documents = [keyObjects(search), similarityReport(search)];
const [keys] = documents as [(typeof documents)[number]];

let provider: Provider | undefined;
afterEach(async () => {
  await provider?.close();
  provider = undefined;
});

/** Address of an archive that answers objects with these statuses, and takes some classes alone. */
async function archive(statuses: number[], refused: string[] = []): Promise<string> {
  provider = await provide('127.0.0.1', 0, {
    ...{ called: 'ARCHIVE', allowed: [{ calling: 'OURS', addresses: undefined }] },
    choose: (uid, [first = '']) => (refused.includes(uid) ? undefined : first),
    store: async () => statuses.shift() ?? 0,
    onTrouble: () => undefined,
    ...{ maxAssociations: 1, maxPerAddress: 1, silence: 2000, maxDataSet: 1e6 },
  });
  return `dimse://ARCHIVE@127.0.0.1:${provider.port}?calling=OURS`;
}

describe('objects that are sent by C-STORE', () => {
  it.each([0x0000, 0x0111, 0xb000, 0xb006])('are taken with status %i', async (status) => {
    const statuses = [status, status];
    await sendObjects(await archive(statuses), documents);
    expect(statuses).toEqual([]);
  });

  it('are refused with the status, and the others are sent', async () => {
    const statuses = [0xa700, 0x0000];
    await expect(sendObjects(await archive(statuses), documents)).rejects.toMatchObject({
      code: 'PACS_STORE_REFUSED',
      message: expect.stringMatching(/Reason A700H.*1 of 2 objects/),
      subject: expect.stringMatching(/^dimse:\/\/ARCHIVE@127\.0\.0\.1:\d+\?calling=OURS$/),
    });
    expect(statuses).toEqual([]);
  });

  it('are refused where their class is not taken', async () => {
    const address = await archive([], [keys.sopClass]);
    await expect(sendObjects(address, documents)).rejects.toMatchObject({
      code: 'PACS_STORE_REFUSED',
      message: expect.stringMatching(/Reason 0122H.*1 of 2 objects/),
    });
  });

  it.runIf(hasDcmtk()).each([
    ['+xe', EXPLICIT],
    ['+xi', IMPLICIT],
  ])('arrive whole at storescp %s', async (option, coding) => {
    const folder = mkdtempSync(join(tmpdir(), 'semblance-send-'));
    const held = await holdPorts(1);
    await held.free();
    const storescp = startDcmtk('storescp', [option, '-od', folder, `${held.first}`]);
    try {
      const address = `dimse://ANY@127.0.0.1:${held.first}`;
      for (let tries = 50; ; tries--) {
        const isSent = await sendObjects(address, documents).then(
          () => true,
          (error) => {
            if (tries === 0) throw error;
          },
        );
        if (isSent) break;
        await sleep(200);
      }
      const files = readdirSync(folder).map((name) => join(folder, name));
      expect(files).toHaveLength(documents.length);
      for (const file of files) {
        const { attributes, transferSyntax } = readParts(new MemorySource(readFileSync(file)));
        expect(transferSyntax.uid).toBe(coding.uid);
        expect(attributes.text('PatientName')).toBe('Käßner^PLANTEDNAME');
        expect(await dcmtk('dsrdump', '-q', file)).toMatchObject({ status: 0 });
      }
    } finally {
      storescp.child.kill();
      await storescp.ended;
      rmSync(folder, { recursive: true });
    }
  });
});
