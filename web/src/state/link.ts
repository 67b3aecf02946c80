/** The instance that a link to the page names. */
export interface Link {
  /** SOP Instance UID. */
  instance: string;
  /** Which frame of it, from 1; by default the first that a collection has. */
  frame?: number;
}

/**
 * The instance behind `#` of an address, as `#instance=1.2.3&frame=2`: browsers keep that to themselves. Null where there
 * is none.
 * @testing
 */
export function linkIn(hash: string): Link | null {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const instance = parameters.get('instance') ?? '';
  if (!/^[0-9.]{1,64}$/.test(instance)) return null;
  const frame = Number(parameters.get('frame') ?? Number.NaN);
  return { instance, ...(Number.isInteger(frame) && frame > 0 && { frame }) };
}

/** Takes the instance out of the page's address, so that its UID stays in no history. */
export function takeLink(): Link | null {
  const link = linkIn(location.hash);
  if (link !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return link;
}
