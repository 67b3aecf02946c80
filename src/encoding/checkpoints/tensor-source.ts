/** Element types whose values can be read, by safetensors' names. */
export type CheckpointDtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL';

/** What is known of a tensor before it is read. */
export interface TensorInfo {
  /** One of `CheckpointDtype`, or the name of another type, whose values cannot be read. */
  dtype: string;
  shape: readonly number[];
}

/**
 * The tensors of a checkpoint, read one at a time by ranges of the file. Reading is synchronous:
 * compiling is a job of its own, and builders stay plain code.
 */
export interface TensorSource {
  /** The file, for errors. */
  readonly path: string;
  /** Names of all tensors, in the order of the file. */
  names(): readonly string[];
  /** Type and shape of a tensor, undefined when there is none of this name. */
  info(name: string): TensorInfo | undefined;
  /**
   * A tensor's values as 32-bit floats, row-major and contiguous, whatever its type and strides.
   * @throws SemblanceError CHECKPOINT_INVALID when the file is damaged, CHECKPOINT_UNSUPPORTED for a
   *   type that cannot be read
   */
  floats(name: string): Float32Array;
  /** Closes the file. */
  close(): void;
}
