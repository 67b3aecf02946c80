/** The library: `import { Semblance } from 'semblance'`. */

export type { AccessService, KeepingAdmin, Principal, RoleRequest } from './app/access.ts';
export type { AllowedFolders } from './app/allowed-folders.ts';
export type { AuditNote, AuditSelection, AuditService } from './app/audit.ts';
export type { BenchmarkRequest, BenchmarkService } from './app/benchmark.ts';
export type { AdaptRequest, CalibrateRequest, CalibrationService } from './app/calibration.ts';
export type { Call, Phase, Progress } from './app/call.ts';
export type { CollectionService } from './app/collections.ts';
export type {
  CheckDatasetRequest,
  DatasetService,
  MergeDatasetsRequest,
  PrepareDatasetRequest,
} from './app/datasets.ts';
export type { DicomService } from './app/dicom.ts';
export type { DoctorRequest, DoctorService } from './app/doctor.ts';
export type { EncoderService } from './app/encoders.ts';
export type { EngineRequest, EngineService, PushRequest } from './app/engine.ts';
export type { EvaluationRequest, EvaluationService } from './app/evaluation.ts';
export type { ExchangeService, ExportRequest, ImportRequest } from './app/exchange.ts';
export type { ExplainedPictures, ExplainRequest, ExplainService } from './app/explain.ts';
export type { FolderSearchRequest } from './app/folder-search-request.ts';
export type { IndexingService, IndexRequest, WorkRequest } from './app/indexing.ts';
export type { MapRequest, MapService } from './app/maps.ts';
export type { AddModelRequest, ModelService, PullModelRequest } from './app/models.ts';
export type { PacsPreviewRequest, PacsRequest, PacsService } from './app/pacs.ts';
export type { ImageOf, PictureService } from './app/pictures.ts';
export type {
  DimseOptions,
  ReceiveRequest,
  Receiver,
  ReceivingService,
} from './app/receiving.ts';
export type { RemoteWorkRequest } from './app/remote-worker.ts';
export type { SampleService } from './app/sample.ts';
export type { SearchRequest, SearchService } from './app/search.ts';
export type { Page, RemovalRequest, Selection } from './app/selection.ts';
export { Semblance, type SemblanceOptions } from './app/semblance.ts';
export type { SharedWorkService } from './app/shared-work.ts';
export type { SentFile } from './app/task-files.ts';
export type { BeginFilesRequest, Beginner, BeginPacsRequest, TaskService } from './app/tasks.ts';
export type { Watcher, WatchRequest, WatchService } from './app/watching.ts';
export * from './contract/access.ts';
export * from './contract/audit.ts';
export * from './contract/benchmark.ts';
export * from './contract/calibration.ts';
export * from './contract/collections.ts';
export * from './contract/datasets.ts';
export * from './contract/dicom.ts';
export * from './contract/doctor.ts';
export * from './contract/encoders.ts';
export * from './contract/engines.ts';
export * from './contract/errors.ts';
export * from './contract/evaluation.ts';
export * from './contract/exchange.ts';
export * from './contract/folder-search.ts';
export * from './contract/indexing.ts';
export * from './contract/map.ts';
export * from './contract/pacs.ts';
export * from './contract/receiving.ts';
export * from './contract/settings.ts';
export * from './contract/shapes.ts';
export * from './contract/tables.ts';
export * from './contract/tasks.ts';
export * from './contract/work.ts';
export { type ErrorData, errorData, SemblanceError } from './domain/errors/error.ts';
export type { ErrorCode } from './domain/errors/registry.ts';
export type { Logger } from './domain/logger.ts';
export type { Role, Roles } from './domain/roles.ts';
export type { Provider } from './runtime/provider.ts';
