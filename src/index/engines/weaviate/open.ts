import { SemblanceError } from '../../../domain/errors/error.ts';
import type { OpenIndex } from '../../memory/open-index.ts';
import type { WeaviateHosts } from './hosts.ts';
import { existing, storedDigest } from './migrate.ts';
import { WeaviateIndex } from './weaviate-index.ts';

/**
 * Opens the index that was pushed into an engine, if it holds the embeddings as the collection has them
 * now.
 */
export function weaviateIndex(hosts: WeaviateHosts): OpenIndex {
  return async (source, encoder) => {
    const held = await existing(hosts, source, encoder);
    const { manifest } = held;
    const outdated = (detail: string) =>
      new SemblanceError('ENGINE_OUTDATED', detail, { subject: encoder.name });
    if (manifest.state !== 'complete') throw outdated('A push into it has not ended.');
    const ids = source.embeddings.imageIds(encoder.id);
    // Another state may have the same vectors, for instance in a copy that got them back.
    if (manifest.pushed === null || manifest.pushed !== source.stateName(encoder.id)) {
      const { count, value } = storedDigest(source, encoder);
      if (count !== manifest.count || value !== manifest.checksum) {
        throw outdated(
          `It has ${manifest.count} embeddings of an earlier state; the collection has ${count}.`,
        );
      }
    }
    return new WeaviateIndex(held, ids);
  };
}
