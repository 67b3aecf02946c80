import { dicomFile, elements, picture } from './dicom.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SIDE = 16;

/** The CT slice of a study, which differs from all others, with a name and numbers that nobody is to see. */
export function slice(study: number, number: number): Buffer {
  const seed = study * 1000 + number;
  const pixels = Array.from(
    { length: SIDE * SIDE },
    (_, i) => ((i * 7919 + seed * 104_729) >>> 3) % 1000,
  );
  return dicomFile(
    EXPLICIT,
    elements(
      picture(pixels, SIDE, [
        ['SOPClassUID', CT],
        ['SOPInstanceUID', `1.2.777.${study}.1.${number}`],
        ['Rows', SIDE],
        ['Modality', 'CT'],
        ['StudyDate', `${2020 + study}0131`],
        ['PatientName', 'PLANTEDNAME^A'],
        ['PatientID', `PLANTEDID${study}`],
        ['StudyInstanceUID', `1.2.777.${study}`],
        ['SeriesInstanceUID', `1.2.777.${study}.1`],
        ['ImagePositionPatient', `0\\0\\${number}`],
        ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
      ]),
    ),
  );
}
