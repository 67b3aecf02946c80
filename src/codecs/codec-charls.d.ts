/** The library has no types of its own; `charls.ts` says what is used of it. */
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const start: (module: Record<string, () => void>) => Promise<unknown>;
  export default start;
}
