import type { ReactNode } from 'react';
import { move } from '../state/history.ts';
import { formatRoute, type Route } from '../state/route.ts';

/** A link to another place of the page, which opens in a new tab as others do. */
export function PlaceLink(props: {
  route: Route;
  className?: string;
  label?: string;
  /** Whether it leads to what is shown. */
  current?: boolean;
  children: ReactNode;
}) {
  return (
    <a
      className={props.className}
      href={formatRoute(props.route) || '?'}
      aria-label={props.label}
      title={props.label}
      aria-current={props.current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        move(props.route, { upload: null, trail: [] });
        scrollTo(0, 0);
      }}
    >
      {props.children}
    </a>
  );
}
