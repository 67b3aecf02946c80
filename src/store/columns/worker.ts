import { workerData } from 'node:worker_threads';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { answerCalls } from '../../runtime/thread.ts';
import { DescriptionReader } from './description-reader.ts';

/** What the thread of a collection's descriptions answers. */
export type ReaderMethods = Pick<
  DescriptionReader,
  'select' | 'facets' | 'page' | 'withoutEmbedding' | 'names' | 'prepare'
>;

const file = workerData as string;
let reader: DescriptionReader | undefined;

/** The reader of the file as it is now. */
function current(): DescriptionReader {
  if (reader?.isOutdated) {
    reader.close();
    reader = undefined;
  }
  reader ??= new DescriptionReader(file);
  return reader;
}

/** What a call gives; its error names the collection. */
function told<T>(work: (reader: DescriptionReader) => T): T {
  try {
    return work(current());
  } catch (error) {
    const { code, message, subject = file, cause } = toSemblanceError(error, file);
    throw new SemblanceError(code, message, { subject, cause });
  }
}

const methods: ReaderMethods = {
  select: (...asked) => told((reader) => reader.select(...asked)),
  facets: (...asked) => told((reader) => reader.facets(...asked)),
  page: (...asked) => told((reader) => reader.page(...asked)),
  withoutEmbedding: (...asked) => told((reader) => reader.withoutEmbedding(...asked)),
  names: () => told((reader) => reader.names()),
  prepare: (...asked) => told((reader) => reader.prepare(...asked)),
};

answerCalls<ReaderMethods>(Promise.resolve(methods));
