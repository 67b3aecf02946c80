import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { partsOf } from './multipart.ts';

it('reads parts of every size, however they are cut', async () => {
  const head = '\r\n--b\r\nContent-Type: application/dicom\r\n\r\n';
  // What a stream holds by default, 16 and 64 KiB, and below and beyond it.
  for (const size of [1, 500, 16_384, 20_000, 65_536, 70_000, 500_000]) {
    const body = Buffer.concat([
      Buffer.from(head),
      Buffer.alloc(size, 7),
      Buffer.from('\r\n--b--'),
    ]);
    for (const cut of [997, 16_384, 65_536, body.length]) {
      const pieces = Array.from({ length: Math.ceil(body.length / cut) }, (_, i) =>
        body.subarray(i * cut, (i + 1) * cut),
      );
      const parts = await partsOf(Readable.from(pieces), 'b', 1e6);
      expect(
        parts.map(({ length }) => length),
        `${size} in pieces of ${cut}`,
      ).toEqual([size]);
    }
  }
  const long = Readable.from([Buffer.from(head), Buffer.alloc(2000)]);
  await expect(partsOf(long, 'b', 1000)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
}, 10_000);
