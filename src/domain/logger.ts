/** Is told what people should know beside an answer. No name of a patient is ever told. */
export interface Logger {
  warn(message: string): void;
}
