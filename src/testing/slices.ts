import { dicomFile, elements, type MadeElement, picture } from './dicom.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
/** SOP class of CT images. */
export const CT = '1.2.840.10008.5.1.4.1.1.2';

/** The CT slice of a study, which differs from all others, with a name and numbers that nobody is to see. */
export function slice(
  study: number,
  number: number,
  { side = 16, frames = 1, others = [] as readonly MadeElement[] } = {},
): Buffer {
  const seed = study * 1000 + number;
  const pixels = Array.from(
    { length: side * side * frames },
    (_, i) => ((i * 7919 + seed * 104_729) >>> 3) % 1000,
  );
  const own: readonly MadeElement[] = [
    ['SOPClassUID', CT],
    ['SOPInstanceUID', `1.2.777.${study}.1.${number}`],
    ['Modality', 'CT'],
    ['StudyDate', `${2020 + study}0131`],
    ['PatientName', 'PLANTEDNAME^A'],
    ['PatientID', `PLANTEDID${study}`],
    ['StudyInstanceUID', `1.2.777.${study}`],
    ['SeriesInstanceUID', `1.2.777.${study}.1`],
    ['InstanceNumber', `${number}`],
    ['NumberOfFrames', `${frames}`],
    ['Rows', side],
    ['ImagePositionPatient', `0\\0\\${number}`],
    ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
  ];
  const given = new Set(others.map(([keyword]) => keyword));
  const all = [...own.filter(([keyword]) => !given.has(keyword)), ...others];
  return dicomFile(EXPLICIT, elements(picture(pixels, side, all)));
}
