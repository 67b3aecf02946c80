/** What a page may use of the library: nothing here needs Node. `import { … } from 'semblance/browser'`. */
export * from './contract/shapes.ts';
export { type ErrorData, errorData, SemblanceError } from './domain/errors/error.ts';
export type { ErrorCode } from './domain/errors/registry.ts';
export { type Explanation, METHODS, type Method, rangeOf } from './domain/explanation.ts';
export { LEVELS, type Level } from './domain/levels.ts';
export { FEEDBACK_METHODS, type FeedbackMethod, ROLES, type Role } from './domain/query.ts';
export type { Region } from './domain/region.ts';
export {
  type Clause,
  FILTER_LIMITS,
  type Filter,
  parseFilter,
} from './domain/search-language/filter.ts';
export { formatWhere, parseWhere, resolveWhere } from './domain/search-language/where.ts';
export { coveredArea, preprocess, resizeAndCrop } from './encoding/preprocess/preprocess.ts';
export { type Interpolation, resample } from './encoding/preprocess/resample.ts';
export { inputSize, PreprocessSchema, type PreprocessSpec } from './encoding/preprocess/spec.ts';
