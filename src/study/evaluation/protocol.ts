/**
 * How figures are computed: `corrected` as a reader expects them, `as-published` as the published
 * code computes them (github.com/MIC-DKFZ/foundation-models-for-cbmir), so that results can be
 * compared with the study's files.
 */
export type Protocol = 'corrected' | 'as-published';

/** The study and its constants. */
export const STUDY = {
  citation:
    'Denner et al., “Leveraging foundation models for content-based image retrieval in radiology”, ' +
    'Computers in Biology and Medicine 196 (2025) 110640, doi 10.1016/j.compbiomed.2025.110640',
  /** Neighbours of each query. */
  neighbours: 100,
  /** Largest k that precision and kNN classification are computed for. */
  largestK: 99,
} as const;

/** What the corrected protocol does otherwise, and what that changes. */
export const CORRECTIONS = [
  {
    what: 'k of precision@k',
    published: 'min(k, images of the true class in the index), looked up for each query',
    corrected: 'k for every query',
    effect:
      'The published figure knows the answer: a class with 3 images in the index is never judged by ' +
      'more than 3 neighbours. Both are equal for classes with at least k images in the index; for ' +
      'a class with fewer, n, the corrected precision cannot exceed n / k.',
  },
  {
    what: 'k of kNN classification',
    published: 'min(k, images of the true class in the index), in validation and test',
    corrected: 'k for every query',
    effect:
      'The published classifier is told how rare the true class is, which helps rare classes; its ' +
      'scores cannot be reached on images whose class is unknown.',
  },
  {
    what: 'best k',
    published:
      'number of the best row of the validation table, counted from 0: one less than its k',
    corrected: 'the k of the best row',
    effect:
      'The published test uses one neighbour fewer than validation chose; none if that was 1.',
  },
  {
    what: 'classes without an image in a split',
    published: 'macro averages count predicted classes that have no query, as 0; ROC AUC stops',
    corrected: 'macro averages are over the classes that have queries; the others are listed',
    effect: 'Corrected macro F1 and precision are higher where such a class was predicted.',
  },
] as const;
