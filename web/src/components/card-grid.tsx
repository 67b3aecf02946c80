import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Image } from '../../../src/contract/shapes.ts';
import { gridMove } from '../state/grid-move.ts';
import { hasPicture } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Card, type CardItem } from './card.tsx';

/** Cards in a grid. Arrow keys move between them; only one is a stop of the Tab key. */
export function CardGrid(props: {
  label: string;
  items: readonly CardItem[];
  query: Image | null;
  /** Names the set of items: a new one begins at its first card. */
  name: string;
  /** The image that is being compared; its card takes the focus afterwards. */
  compared?: number | null;
}) {
  const { route, change, mark, takeFocus } = useWorkspace();
  const list = useRef<HTMLUListElement>(null);
  const [active, setActive] = useState<{ name: string; index: number }>({ name: '', index: 0 });
  const index = active.name === props.name ? Math.min(active.index, props.items.length - 1) : 0;

  const focusCard = (target: number) => {
    setActive({ name: props.name, index: target });
    const link = list.current?.querySelectorAll<HTMLElement>('[data-card-link]')[target];
    link?.focus({ preventScroll: true });
    link?.closest('.cell')?.scrollIntoView({ block: 'nearest' });
  };

  // A search started from a card takes that card away: the first result gets the focus instead.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another set is shown
  useEffect(() => {
    if (!takeFocus()) return;
    const link = list.current?.querySelector<HTMLElement>('[data-card-link]');
    link?.focus({ preventScroll: true });
  }, [props.name]);

  const comparedBefore = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when comparing begins or ends
  useEffect(() => {
    const before = comparedBefore.current;
    comparedBefore.current = props.compared ?? null;
    if (before === null || props.compared != null) return;
    const target = props.items.findIndex(({ image }) => image.id === before);
    if (target >= 0) focusCard(target);
  }, [props.compared]);

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const result = props.items[index]?.result;
    if (result && route.level === 'image' && (event.key === '+' || event.key === '-')) {
      event.preventDefault();
      mark(props.items[index]?.image.id as number, event.key === '+' ? 'more' : 'less');
      return;
    }
    if (event.shiftKey) return;
    if (event.key === 'c') {
      const item = props.items[index];
      if (!item?.result || !hasPicture(route.query)) return;
      event.preventDefault();
      change({ compare: item.image.id });
      return;
    }
    const target = gridMove(event.key, index, columnsOf(list.current), props.items.length);
    if (target === null) return;
    event.preventDefault();
    focusCard(target);
  };

  return (
    <ul ref={list} className="grid" aria-label={props.label} onKeyDown={onKeyDown}>
      {props.items.map((item, position) => (
        <Card
          key={item.image.id}
          item={item}
          query={props.query}
          active={position === index}
          activate={() => {
            if (position !== index || active.name !== props.name) {
              setActive({ name: props.name, index: position });
            }
          }}
        />
      ))}
    </ul>
  );
}

function columnsOf(list: HTMLElement | null): number {
  if (!list) return 1;
  return getComputedStyle(list).gridTemplateColumns.split(' ').length;
}
