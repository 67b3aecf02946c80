/** Pictures that are given to an encoder at once. */
export const BATCH = 16;

export interface BatchOptions {
  /** Items of a batch; `BATCH` by default. */
  size?: number;
  /** Items whose preparation is begun before their turn; 1, one after another, by default. */
  ahead?: number;
  /** Looked at before each item: the last batch is what was ready until then. */
  stopped?: () => boolean;
}

/**
 * Prepares items, some of them at the same time, and hands them over in their order, batch by batch: pictures
 * are read by workers while the ones before are encoded, and the results do not depend on who was first.
 * What is prepared is held only until its batch is done.
 * @param prepare makes an item ready; what it rejects with ends everything
 * @param take is called with each full batch, the last one may be shorter, and with the number of
 *   items until its end
 * @throws what `prepare` and `take` throw
 */
export async function inBatches<Item, Ready>(
  items: readonly Item[],
  prepare: (item: Item, at: number) => Promise<Ready>,
  take: (batch: Ready[], done: number) => Promise<void>,
  { size = BATCH, ahead = 1, stopped = () => false }: BatchOptions = {},
): Promise<void> {
  const waiting: Promise<Ready>[] = [];
  let begun = 0;
  let done = 0;
  let batch: Ready[] = [];
  const hand = async () => {
    done += batch.length;
    const full = batch;
    batch = [];
    await take(full, done);
  };
  while (!stopped()) {
    for (; begun < items.length && waiting.length < ahead; begun++) {
      const one = prepare(items[begun] as Item, begun);
      // Looked at when its turn comes, if it does.
      one.catch(() => undefined);
      waiting.push(one);
    }
    const first = waiting.shift();
    if (first === undefined) break;
    batch.push(await first);
    if (batch.length === size) await hand();
  }
  if (batch.length > 0) await hand();
  await Promise.allSettled(waiting);
}
