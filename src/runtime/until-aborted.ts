/**
 * Waits for work that cannot be stopped, such as the run of a graph: when the signal comes, the waiting
 * ends and the work goes on by itself.
 * @throws what the work throws; the signal's reason
 */
export async function untilAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([left, work]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
