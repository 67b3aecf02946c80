/** How far a call is, for those who wait. */
export type Progress = (done: number, total: number) => void;

/** What every call of a service takes beside its request. */
export interface Call {
  /** Ends the call, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Is told how far the call is, where it can take long. */
  progress?: Progress | undefined;
}
