import { useEffect, useLayoutEffect, useRef } from 'react';
import type { Place } from './history.ts';

const positions = new Map<string, number>();

/** Scrolls to where an entry of the history was left, or to the top for a new query. */
export function useScroll({ route, entry }: Place): void {
  const page = JSON.stringify([route.collection, route.query, entry.upload]);
  const before = useRef({ key: entry.key, page });
  useLayoutEffect(() => {
    if (before.current.key === entry.key) return;
    const saved = positions.get(entry.key);
    if (saved !== undefined) scrollTo(0, saved);
    else if (before.current.page !== page) scrollTo(0, 0);
    before.current = { key: entry.key, page };
  }, [entry.key, page]);
  useEffect(() => {
    const save = () => {
      positions.set(entry.key, scrollY);
    };
    addEventListener('scroll', save, { passive: true });
    return () => removeEventListener('scroll', save);
  }, [entry.key]);
}
