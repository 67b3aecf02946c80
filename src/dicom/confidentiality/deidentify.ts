import { deflateRawSync } from 'node:zlib';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Sink } from '../../files/write-file.ts';
import { FileSource, MemorySource } from '../byte-source.ts';
import { ElementReader } from '../elements.ts';
import { factsOf, type InstanceFacts } from '../facts.ts';
import { readParts } from '../file-format.ts';
import { namesPerson } from '../names.ts';
import { kindOf, type ObjectKind } from '../sop-classes.ts';
import { TAGS } from '../tags.ts';
import {
  BIG,
  EXPLICIT,
  IMPLICIT,
  type TransferSyntax,
  transferSyntax,
} from '../transfer-syntax.ts';
import { ElementWriter, fileHead, type WrittenElement } from '../write.ts';
import { Cleaner, type Replacements } from './clean.ts';

/** Bytes of pixels that are copied at a time. */
const PIECE = 2 ** 22;

/** Kinds of devices that draw names into their pictures, where a file does not say. */
const DRAWING = new Set(['US', 'IVUS', 'ES', 'XC', 'GM', 'OP', 'OT', 'SC']);

/** What is drawn into the pixels: `yes` and `no` as the file says; `unsaid` of a kind that may. */
type BurnedIn = 'yes' | 'no' | 'unsaid';

/** A DICOM file that can be written without what tells a person. */
export interface OpenedObject {
  kind: ObjectKind;
  facts: InstanceFacts;
  burnedIn: BurnedIn;
  /**
   * Writes it by the Basic Application Level Confidentiality Profile (PS3.15, annex E): its pixels as they are, in the
   * same transfer syntax; private attributes are left out.
   * @param name stands for the object where it has no SOP Instance UID
   * @throws SemblanceError DICOM_DAMAGED, DICOM_UNSUPPORTED
   */
  write(sink: Sink, replaced: Replacements, name: string): void;
  close(): void;
}

/**
 * Opens a file to write it without what tells a person.
 * @param from path of the file, or its bytes
 * @throws SemblanceError as `readDicom`
 */
export function openToDeidentify(from: string | Uint8Array): OpenedObject {
  const file = typeof from === 'string' ? new FileSource(from) : new MemorySource(from);
  try {
    const parts = readParts(file);
    const { attributes, meta, bytes, start } = parts;
    const kind = kindOf(parts);
    const said = attributes.text('BurnedInAnnotation')?.toUpperCase();
    const may =
      kind === 'secondary capture' ||
      DRAWING.has(attributes.text('Modality')?.toUpperCase() ?? '') ||
      attributes.has('ConversionType');
    const syntax = writtenSyntax(
      parts.transferSyntax,
      attributes.element('PixelData')?.open ?? false,
    );
    return {
      kind,
      facts: factsOf(parts),
      burnedIn: said === 'YES' ? 'yes' : said === 'NO' || !may ? 'no' : 'unsaid',
      write(sink, replaced, name) {
        const names = namesPerson(factsOf(parts).identity);
        const set = attributes.texts('SpecificCharacterSet').join('\\');
        const cleaner = new Cleaner(new ElementReader(bytes), replaced, names, set);
        const { elements, pixels } = cleaner.clean({ start, end: bytes.size }, syntax);
        const classUid =
          attributes.text('SOPClassUID') ?? meta?.text('MediaStorageSOPClassUID') ?? '';
        const own = attributes.text('SOPInstanceUID') ?? name;
        sink(fileHead(syntax.uid, classUid, replaced.uid(own)));
        const all = withMethod(elements, new ElementWriter(syntax), replaced.days !== undefined);
        const body = all.map((each) => each.bytes);
        if (syntax.deflated) {
          const raw = pixels && bytes.view(pixels.start, pixels.end - pixels.start);
          const deflated = deflateRawSync(Buffer.concat(raw === undefined ? body : [...body, raw]));
          sink(deflated);
          if (deflated.length % 2 === 1) sink(new Uint8Array(1));
          return;
        }
        for (const each of body) sink(each);
        for (let at = pixels?.start ?? 0; at < (pixels?.end ?? 0); at += PIECE) {
          sink(bytes.view(at, Math.min(PIECE, (pixels?.end ?? 0) - at)));
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The transfer syntax in which a file's own elements can be written as they are. */
function writtenSyntax(found: TransferSyntax, isOpen: boolean): TransferSyntax {
  const { explicit, little } = found;
  const isSame = (each: TransferSyntax) => each.explicit === explicit && each.little === little;
  const said = transferSyntax(found.uid);
  if (isSame(said)) return said;
  const other = [EXPLICIT, IMPLICIT, BIG].find(isSame);
  if (other === undefined || isOpen) {
    throw new SemblanceError(
      'DICOM_UNSUPPORTED',
      'Its elements are not written as its transfer syntax says, and no other allows them.',
    );
  }
  return other;
}

/** The elements with what was done to them (PS3.15, E.1.1; codes of PS3.16, CID 7050). */
function withMethod(
  elements: readonly WrittenElement[],
  writer: ElementWriter,
  isMoved: boolean,
): WrittenElement[] {
  const code = (value: string, meaning: string) => [
    writer.element(0x00080100, 'SH', value),
    writer.element(0x00080102, 'SH', 'DCM'),
    writer.element(0x00080104, 'LO', meaning),
  ];
  const codes = [
    code('113100', 'Basic Application Confidentiality Profile'),
    ...(isMoved
      ? [code('113107', 'Retain Longitudinal Temporal Information Modified Dates Option')]
      : []),
  ];
  const said = [
    writer.element(TAGS.PatientIdentityRemoved[0], 'CS', 'YES'),
    writer.element(0x00120063, 'LO', 'PS3.15 E.1 Basic Profile'),
    writer.sequence(0x00120064, 'SQ', codes),
    writer.element(0x00280303, 'CS', isMoved ? 'MODIFIED' : 'REMOVED'),
  ];
  const tags = new Set(said.map(({ tag }) => tag));
  return [...elements.filter(({ tag }) => !tags.has(tag)), ...said].sort((a, b) => a.tag - b.tag);
}
