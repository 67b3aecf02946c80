/** The library: `import { Semblance } from 'semblance'`. */
export type { Call, Progress } from './app/call.ts';
export type { CollectionService, Page, Selection } from './app/collections.ts';
export type { ExplainedPictures, ExplainRequest, ExplainService } from './app/explain.ts';
export type { ImageOf, PictureService } from './app/pictures.ts';
export type { SearchRequest, SearchService } from './app/search.ts';
export { Semblance, type SemblanceOptions } from './app/semblance.ts';
export * from './contract/shapes.ts';
export { type ErrorData, errorData, SemblanceError } from './domain/errors/error.ts';
export type { ErrorCode } from './domain/errors/registry.ts';
export type { Logger } from './domain/logger.ts';
