import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { START } from '../../state/route.ts';
import { useChangeable } from '../connect/collection-fields.tsx';
import { useMayAdd } from '../login.tsx';
import { PlaceLink } from '../place-link.tsx';

/** Which encoders each collection has, and how many images of it each has not seen. */
export function EncoderSettings({ collections }: { collections: readonly CollectionSummary[] }) {
  const { every } = useChangeable(collections);
  return (
    <>
      {every && (
        <p>
          <PlaceLink className="button" route={{ ...START, tasks: 'add-encoder' }}>
            Add an encoder to this server
          </PlaceLink>
        </p>
      )}
      {collections.length === 0 && <p className="muted">No collection yet.</p>}
      {collections.map((each) => (
        <EncodersOf key={each.name} collection={each} />
      ))}
    </>
  );
}

function EncodersOf({ collection }: { collection: CollectionSummary }) {
  const { name, images, encoders } = collection;
  const mayChange = useMayAdd(name);
  return (
    <section className="task" data-testid="encoders-of" data-name={name}>
      <div className="task-head">
        <h2>{name}</h2>
        <span className="muted">{images.toLocaleString('en')} images</span>
      </div>
      {encoders.length === 0 ? (
        <p className="muted">No image of it was encoded yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
        <section className="table-frame" tabIndex={0} aria-label={`Encoders of ${name}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Encoder</th>
                <th scope="col">Embeddings</th>
                <th scope="col">Missing</th>
                <th scope="col">Dimension</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {encoders.map((each) => (
                <tr key={each.name}>
                  <td>{each.title}</td>
                  <td>{each.embeddings.toLocaleString('en')}</td>
                  <td data-testid="missing">
                    {Math.max(0, images - each.embeddings).toLocaleString('en')}
                  </td>
                  <td>{each.dimension}</td>
                  <td>
                    {[
                      each.isDefault ? 'default' : '',
                      each.available ? '' : 'not installed here',
                      each.text ? 'takes words' : '',
                    ]
                      .filter(Boolean)
                      .join(', ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {mayChange && encoders.length > 0 && (
        <div className="form-actions">
          <PlaceLink className="button" route={{ ...START, tasks: 'encode', collection: name }}>
            Index with another encoder
          </PlaceLink>
          {encoders.length > 1 && (
            <PlaceLink className="button" route={{ ...START, tasks: 'default', collection: name }}>
              Choose the one that answers
            </PlaceLink>
          )}
        </div>
      )}
    </section>
  );
}
