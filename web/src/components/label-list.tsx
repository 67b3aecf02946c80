import { splitLabel } from './describe.ts';

/** Labels; those that the query has too come first and are marked. */
export function LabelList(props: {
  labels: readonly string[];
  shared?: readonly string[];
  /** So many are shown at the most; how many more there are is said. */
  limit?: number;
}) {
  const { labels, shared = [], limit = Number.POSITIVE_INFINITY } = props;
  if (labels.length === 0) return <span className="label none">no label</span>;
  const isShared = (label: string) => shared.includes(label);
  const sorted = [...labels].sort((a, b) => Number(isShared(b)) - Number(isShared(a)));
  const left = sorted.slice(limit);
  return (
    <>
      {sorted.slice(0, limit).map((label) => (
        <span
          key={label}
          className={isShared(label) ? 'label shared' : 'label'}
          title={isShared(label) ? `${label} – the query has this label too` : label}
        >
          <PathText text={label} />
        </span>
      ))}
      {left.length > 0 && (
        <span className="label none" title={left.join(', ')}>
          +{left.length} more<span className="hidden">: {left.join(', ')}</span>
        </span>
      )}
    </>
  );
}

/** A path such as `XR/chest/normal`; where it does not fit, its front is shortened, not its end. */
export function PathText({ text }: { text: string }) {
  const { group, name } = splitLabel(text);
  return (
    <span className="path-text">
      {group !== '' && (
        <span className="path-group">
          <bdi>{group}</bdi>
        </span>
      )}
      <bdi className="path-name">{name}</bdi>
    </span>
  );
}
