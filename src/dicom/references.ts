import type { DataSet } from './data-set.ts';
import type { DicomInstance } from './instance.ts';
import { kindOf } from './sop-classes.ts';

/** An object that another one refers to, and which of its frames; by default all. */
interface ObjectReference {
  instance: string;
  frames?: number[];
}

/** What an object is called, and what it refers to. */
export interface References {
  /** Of an image: its SOP Instance UID, as it stands in the file, and how many frames it has. */
  image?: { instance: string; frames: number };
  /** Of a Key Object Selection: the images that it selects. */
  selected?: ObjectReference[];
  /** Of a DICOMDIR: the files that it lists, each as its folders and its name. */
  files?: string[][];
}

/** Titles of Key Object Selections that say what is not to be shown (PS3.16, CID 7011). */
const REJECTIONS: ReadonlySet<string> = new Set(['113001', '113037', '113038', '113039']);

/** So deep may the content of a selection nest. */
const DEEPEST = 16;

/**
 * What an object refers to: the images of a Key Object Selection (PS3.3, A.35.4), unless it rejects them, and the files of
 * a DICOMDIR (PS3.3, F.3.2.2).
 * @throws SemblanceError DICOM_DAMAGED
 */
export function referencesOf(instance: DicomInstance): References {
  const { attributes } = instance;
  switch (kindOf(instance)) {
    case 'key object selection': {
      const title = attributes.item('ConceptNameCodeSequence')?.text('CodeValue') ?? '';
      return { selected: REJECTIONS.has(title) ? [] : [...selectedBy(attributes, DEEPEST)] };
    }
    case 'directory':
      return {
        files: [...attributes.items('DirectoryRecordSequence')].flatMap((record) => {
          const file = record.texts('ReferencedFileID');
          return file.length === 0 ? [] : [file];
        }),
      };
    case 'image': {
      const uid = attributes.text('SOPInstanceUID');
      return uid === undefined ? {} : { image: { instance: uid, frames: instance.frames } };
    }
    default:
      return {};
  }
}

function* selectedBy(content: DataSet, deepest: number): Generator<ObjectReference> {
  if (deepest === 0) return;
  for (const item of content.items('ContentSequence')) {
    if (item.text('ValueType') === 'IMAGE') {
      for (const object of item.items('ReferencedSOPSequence')) {
        const instance = object.text('ReferencedSOPInstanceUID');
        const frames = object
          .numbers('ReferencedFrameNumber')
          .filter((n) => Number.isInteger(n) && n > 0);
        if (instance !== undefined) yield { instance, ...(frames.length > 0 && { frames }) };
      }
    }
    yield* selectedBy(item, deepest - 1);
  }
}
