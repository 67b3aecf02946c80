import type { DecodeLimits } from '../domain/decode-limits.ts';
import type { Logger } from '../domain/logger.ts';
import { type Engine, openEngine } from '../index/engines/engine.ts';
import { PacsKeys } from '../pacs/access.ts';
import { chooseProvider, type Provider, type ProviderChoice } from '../runtime/provider.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { startDatabases } from '../store/database.ts';
import { AccessService } from './access.ts';
import { AuditService } from './audit.ts';
import { BackupService } from './backup.ts';
import { BenchmarkService } from './benchmark.ts';
import { CalibrationService } from './calibration.ts';
import { CollectionService } from './collections.ts';
import { DatasetService } from './datasets.ts';
import { DeidentificationService } from './deidentification.ts';
import { DicomService } from './dicom.ts';
import { DoctorService } from './doctor.ts';
import { DocumentService } from './documents.ts';
import { EncoderService } from './encoders.ts';
import { EngineService } from './engine.ts';
import { EvaluationService } from './evaluation.ts';
import { ExchangeService } from './exchange.ts';
import { ExplainService } from './explain.ts';
import { IndexingService } from './indexing.ts';
import { InstanceService } from './instances.ts';
import { KeptAnswerService } from './kept-answers.ts';
import { MapService } from './maps.ts';
import { ModelService } from './models.ts';
import { OpenCollections } from './open-collections.ts';
import { PacsService } from './pacs.ts';
import { PictureService } from './pictures.ts';
import { ReceivingService } from './receiving.ts';
import { SampleService } from './sample.ts';
import { SearchService } from './search.ts';
import { SharedWorkService } from './shared-work.ts';
import { TaskService } from './tasks.ts';
import { ThumbnailFolder } from './thumbnail-folder.ts';
import { WatchService } from './watching.ts';
import { WebhookService } from './webhooks.ts';

/** What the application works with. */
export interface SemblanceOptions {
  /**
   * Path of the data directory; by default `SEMBLANCE_HOME` of the environment, else `.semblance` in the
   * user's folder.
   */
  home?: string | undefined;
  /** Address of a search engine; by default the index in this process searches. */
  engine?: string | undefined;
  /** Where encoders run, if this machine has it; by default, and else, on the processor. */
  provider?: Provider | undefined;
  /** How large pictures may be. */
  limits?: DecodeLimits | undefined;
  /** By default standard error. */
  logger?: Logger | undefined;
}

/**
 * The application: what can be done with the collections of a data directory. The commands, the
 * server and programs that use the library all call these services.
 */
export class Semblance {
  readonly collections: CollectionService;
  readonly search: SearchService;
  readonly instances: InstanceService;
  readonly documents: DocumentService;
  readonly explain: ExplainService;
  readonly pictures: PictureService;
  readonly indexing: IndexingService;
  readonly pacs: PacsService;
  readonly tasks: TaskService;
  readonly sharedWork: SharedWorkService;
  readonly watching: WatchService;
  readonly receiving: ReceivingService;
  readonly encoders: EncoderService;
  readonly models: ModelService;
  readonly calibration: CalibrationService;
  readonly maps: MapService;
  readonly dicom: DicomService;
  readonly datasets = new DatasetService();
  readonly evaluation: EvaluationService;
  readonly exchange: ExchangeService;
  readonly deidentification: DeidentificationService;
  readonly benchmark: BenchmarkService;
  readonly engine: EngineService;
  readonly sample: SampleService;
  readonly access: AccessService;
  readonly audit: AuditService;
  readonly answers: KeptAnswerService;
  readonly webhooks: WebhookService;
  readonly backup: BackupService;
  readonly doctor: DoctorService;

  private constructor(
    private readonly directory: DataDirectory,
    private readonly opened: OpenCollections,
    private readonly searching: Engine,
    limits: DecodeLimits | undefined,
    /** Where encoders run: as it was wanted, if this machine has it. */
    readonly provider: ProviderChoice,
    keys: PacsKeys,
  ) {
    const thumbnails = new ThumbnailFolder(directory.thumbnailsFolder);
    this.collections = new CollectionService(opened, directory, thumbnails);
    this.search = new SearchService(opened);
    this.instances = new InstanceService(opened, this.search);
    this.documents = new DocumentService(opened, this.instances, keys);
    this.explain = new ExplainService(opened);
    this.pictures = new PictureService(opened, thumbnails);
    this.audit = new AuditService(directory);
    this.indexing = new IndexingService(
      ...([opened, directory, limits, provider, thumbnails, keys, this.audit] as const),
    );
    this.pacs = new PacsService(opened, directory, keys);
    this.tasks = new TaskService(this, directory, limits, provider, this.pacs, keys);
    this.sharedWork = new SharedWorkService(directory, limits, provider, keys);
    this.watching = new WatchService(directory, this.tasks);
    this.receiving = new ReceivingService(directory, limits, provider, this.audit);
    this.dicom = new DicomService(directory, limits);
    this.encoders = new EncoderService(opened, directory);
    this.models = new ModelService(directory, provider);
    this.calibration = new CalibrationService(opened, directory, provider);
    this.maps = new MapService(opened, directory);
    this.evaluation = new EvaluationService(opened);
    this.deidentification = new DeidentificationService(opened, directory);
    this.exchange = new ExchangeService(opened, directory);
    this.benchmark = new BenchmarkService(directory, provider);
    this.engine = new EngineService(searching, directory);
    this.sample = new SampleService(this.indexing, directory);
    this.access = new AccessService(directory);
    this.answers = new KeptAnswerService(directory);
    this.webhooks = new WebhookService(directory, this.tasks);
    this.backup = new BackupService(directory);
    this.doctor = new DoctorService(directory, this.audit, this.models);
  }

  /** @throws SemblanceError USAGE when the engine's address cannot be read */
  static open({ home, logger, ...options }: SemblanceOptions = {}): Promise<Semblance> {
    return Semblance.over(new DataDirectory(home, logger), options);
  }

  /**
   * The application over a data directory that is open already.
   * @internal
   */
  static async over(
    directory: DataDirectory,
    {
      engine: address,
      limits,
      provider: wanted = 'cpu',
    }: Omit<SemblanceOptions, 'home' | 'logger'> = {},
  ): Promise<Semblance> {
    const engine = await openEngine(address);
    const provider = chooseProvider(wanted, directory.logger);
    const keys = new PacsKeys();
    const opened = new OpenCollections(directory, limits, engine.openIndex, { provider }, keys);
    return new Semblance(directory, opened, engine, limits, provider, keys);
  }

  /**
   * Makes ready to serve others, for a long time: what the data directory leaves open to other users of
   * the machine is closed, and the first request waits for nothing that can be started before.
   * @throws SemblanceError DATA_NOT_PRIVATE
   */
  start(): void {
    this.directory.protect(true);
    startDatabases();
    this.opened.serve();
    this.tasks.start();
    this.webhooks.start();
  }

  /** Reads what filters and facets of large collections need, before the first one asks. */
  prepare(): void {
    this.opened.prepare();
  }

  /** Lets go of collections that are gone from the disk, and of connections that nobody uses. */
  tidy(): void {
    this.opened.tidy();
  }

  /** Frees models and indices, ends processes, closes collections. */
  async close(): Promise<void> {
    await this.webhooks.close();
    await this.tasks.close();
    await this.sharedWork.close();
    await this.opened.close();
    await this.searching.close();
    this.access.close();
    this.answers.close();
    await this.audit.close();
  }
}
