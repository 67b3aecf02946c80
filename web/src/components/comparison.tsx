import type { Comparison, Image, Neighbour, SearchResult } from '../../../src/contract/shapes.ts';
import { useWorkspace } from '../state/workspace.ts';
import type { CardItem } from './card.tsx';
import { CardGrid } from './card-grid.tsx';

/** The results of two encoders beside each other, each with the rank that the other gives it. */
export function ComparisonColumns(props: {
  neighbours: readonly Neighbour[];
  comparison: Comparison;
  /** Of the first encoder. */
  calibration: SearchResult['calibration'];
  query: Image | null;
  name: string;
}) {
  const { neighbours, comparison, calibration, query, name } = props;
  const { route, collection } = useWorkspace();
  const titleOf = (encoder: string) =>
    collection?.encoders.find((each) => each.name === encoder)?.title ?? encoder;
  const sides = [
    {
      encoder: route.encoder ?? '',
      items: withRanks(neighbours, comparison.ranks, calibration),
    },
    {
      encoder: comparison.encoder,
      items: withRanks(comparison.neighbours, comparison.otherRanks, null),
    },
  ];
  return (
    <>
      <p className="muted comparison-note" data-testid="shared-count">
        <b>{comparison.shared}</b> of {neighbours.length} images are found by both. Each card tells
        its rank on the other side.
        {comparison.missingEmbeddings > 0 &&
          ` ${comparison.missingEmbeddings.toLocaleString('en')} images have no embedding on the right.`}
      </p>
      <div className="comparison">
        {sides.map(({ encoder, items }, i) => (
          <section key={encoder} data-testid={i === 0 ? 'first-encoder' : 'second-encoder'}>
            <h2 className="comparison-title">{titleOf(encoder)}</h2>
            <CardGrid
              label={`Similar images by ${titleOf(encoder)}`}
              name={`${name} by ${i}`}
              items={items}
              query={query}
              compared={route.compare}
            />
          </section>
        ))}
      </div>
    </>
  );
}

function withRanks(
  neighbours: readonly Neighbour[],
  ranks: readonly (number | null)[],
  calibration: SearchResult['calibration'],
): CardItem[] {
  return neighbours.map((neighbour, i) => ({
    image: neighbour.image,
    result: neighbour,
    rankThere: ranks[i] ?? null,
    calibration,
  }));
}
