/** Whether it is a unique identifier (PS3.5 section 9.1); a component may begin with 0, as some makers write it. */
export function isUid(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 64 && /^\d+(\.\d+)*$/.test(text);
}
