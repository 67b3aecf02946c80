import { EXPLICIT, IMPLICIT, type ValueEncoding } from '../../dicom/transfer-syntax.ts';
import type { PacsAccess } from '../access.ts';
import { DUPLICATE, requireAllStored } from '../refused.ts';
import { type AssociationOptions, associate } from './client.ts';
import { isSuccess, STATUS } from './command.ts';
import { parseDimse, peerOf } from './place.ts';

/** What is written in the coding that the other side chooses, the best first: every one knows the second. */
const CODINGS = [EXPLICIT, IMPLICIT];

/** An object that is made to be sent. */
interface NewObject {
  sopClass: string;
  instance: string;
  dataSet(encoding: ValueEncoding): Uint8Array;
}

/**
 * Stores objects by C-STORE (PS3.4 annex B) over one association. One that the other side has already counts as stored;
 * what it does not take does not keep the others from being sent.
 * @param address `dimse://TITLE@host:port`
 * @throws SemblanceError PACS_ADDRESS_INVALID, PACS_STORE_REFUSED (with the first status), and those of `associate` and
 *   `DimseClient`
 */
export async function sendObjects(
  address: string,
  objects: readonly NewObject[],
  access: PacsAccess = {},
  options?: AssociationOptions,
): Promise<void> {
  const { root, ...parsed } = parseDimse(address);
  const transferSyntaxes = CODINGS.map(({ uid }) => uid);
  const classes = [...new Set(objects.map(({ sopClass }) => sopClass))];
  const proposals = classes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes }));
  const client = await associate(peerOf(parsed, access.tls), proposals, options);
  const refused: number[] = [];
  for (const { sopClass, instance: sopInstance, dataSet } of objects) {
    const transferSyntax = client.context(sopClass)?.transferSyntax;
    const coding = CODINGS.find(({ uid }) => uid === transferSyntax);
    const status =
      coding === undefined
        ? STATUS.noSuchClass
        : await client.store({
            ...{ sopClass, sopInstance, transferSyntax: coding.uid },
            data: [dataSet(coding)],
          });
    if (!isSuccess(status) && status !== DUPLICATE) refused.push(status);
  }
  await client.release();
  requireAllStored(root, objects.length, refused);
}
