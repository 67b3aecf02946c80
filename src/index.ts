/** The library: `import { Semblance } from 'semblance'`. */

export type { CalibrationService } from './app/calibration.ts';
export type { Call, Progress } from './app/call.ts';
export type { CollectionService } from './app/collections.ts';
export type { EncoderService } from './app/encoders.ts';
export type { ExplainedPictures, ExplainRequest, ExplainService } from './app/explain.ts';
export type { ModelService } from './app/models.ts';
export type { ImageOf, PictureService } from './app/pictures.ts';
export type { SearchRequest, SearchService } from './app/search.ts';
export type { Page, Selection } from './app/selection.ts';
export { Semblance, type SemblanceOptions } from './app/semblance.ts';
export * from './contract/calibration.ts';
export * from './contract/collections.ts';
export * from './contract/encoders.ts';
export * from './contract/shapes.ts';
export { type ErrorData, errorData, SemblanceError } from './domain/errors/error.ts';
export type { ErrorCode } from './domain/errors/registry.ts';
export type { Logger } from './domain/logger.ts';
