import { type Answering, AnswerStore, type KeptAnswer } from '../store/answer-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';

/** What was answered to requests that came with a key of their own, kept for a day. */
export class KeptAnswerService {
  private store: AnswerStore | undefined;

  /** @internal */
  constructor(private readonly directory: DataDirectory) {}

  /**
   * What was answered to a request, or that it is to be answered now: `keep` or `forget` is to be called in the end.
   * @param name who asks for what with which key
   * @param request what is sent
   * @throws SemblanceError REQUEST_KEY_REUSED, REQUEST_UNDER_WAY and those of the store
   */
  begin(name: string, request: string): KeptAnswer | Answering {
    this.directory.create();
    this.store ??= AnswerStore.open(this.directory.answersFile);
    return this.store.begin(name, request);
  }

  /** @internal */
  close(): void {
    this.store?.close();
  }
}
