import { splitLabel } from './describe.ts';

/** Labels; those that the query has too are marked. */
export function LabelList(props: { labels: readonly string[]; shared?: readonly string[] }) {
  if (props.labels.length === 0) return <span className="label none">no label</span>;
  return (
    <>
      {props.labels.map((label) => {
        const { group, name } = splitLabel(label);
        const shared = props.shared?.includes(label) ?? false;
        return (
          <span
            key={label}
            className={shared ? 'label shared' : 'label'}
            title={shared ? `${label} – the query has this label too` : label}
          >
            <span className="label-group">{group}</span>
            <span className="label-name">{name}</span>
          </span>
        );
      })}
    </>
  );
}
