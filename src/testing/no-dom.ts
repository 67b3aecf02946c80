/**
 * There is no page here, so its types are not here, either: the type check fails when a library brings
 * them in, because then nothing is wrong with this.
 */
// @ts-expect-error it is unknown outside of web/
export type NoDocument = typeof document;
