/** The library has no types of its own. */
declare module 'dicom-character-set' {
  /**
   * @throws Error when the character set is none of the standard's
   */
  export function convertBytes(
    specificCharacterSet: string,
    bytes: Uint8Array,
    options: { vr: string },
  ): string;
}
