/** What a model may be called. */
export const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The encoder that needs no weights and is used when none is named. */
export const DEFAULT_ENCODER = 'baseline';

/** How weights of linear layers are kept. */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** How a picture becomes an encoder's input. Steps run in this order; each is optional but `resize`. */
export interface PreprocessSpec {
  /** The window that pictures with deep values are seen in, as `parseWindow` reads it; by default the file's own. */
  window?: string | undefined;
  /** How the picture is brought to size. */
  resize:
    | { mode: 'exact'; width: number; height: number }
    | { mode: 'shortest-edge'; size: number }
    | { mode: 'longest-edge-pad'; size: number };
  interpolation: 'bilinear' | 'bicubic';
  centreCrop?: { width: number; height: number; rounding?: 'half-even' | undefined } | undefined;
  scale: number;
  mean: [number, number, number];
  std: [number, number, number];
}

/** What kinds of tokenizers there are: WordPiece of BERT, byte-level BPE of CLIP, SentencePiece of SigLIP. */
export const TOKENIZER_KINDS = ['wordpiece', 'clip-bpe', 'sentencepiece'] as const;

/** How a text becomes the ids of a text tower. */
export interface TokenizerSpec {
  kind: (typeof TOKENIZER_KINDS)[number];
  files: string[];
  /** Ids of one text. */
  contextLength: number;
  lowerCase: boolean;
  padId: number;
}

/** A graph in a file, with its SHA-256 in hexadecimal where it is known. */
interface ModelFile {
  file: string;
  sha256?: string | undefined;
}

/** A second graph that makes the embedding of that of the model, fitted to labels of a collection. */
interface ProjectionFile extends ModelFile {
  /** Length of the model's own embedding. */
  dimension: number;
  /** What it was fitted on. */
  fitted: { field: string; images: number; classes: number };
}

/** An encoder with a model: pictures in, embeddings out. `docs/encoders.md` explains every field. */
export interface EncoderDefinition {
  name: string;
  title: string;
  description: string;
  /** A graph built by the program itself, or a file. */
  model: { builtin: 'baseline' } | ModelFile;
  input: {
    name: string;
    layout: 'NCHW' | 'NHWC';
    channels: 'RGB' | 'BGR';
    noise?: { name: string; length: number; seed: number } | undefined;
  };
  preprocess: PreprocessSpec;
  output: { name: string };
  /** Length of an embedding. */
  dimension: number;
  normalisation: 'none' | 'l2';
  /** The text tower of an encoder that compares texts with pictures. */
  text?:
    | {
        model: ModelFile;
        input: { name: string };
        output: { name: string };
        tokenizer: TokenizerSpec;
      }
    | undefined;
  /** A second graph of the same input, for maps of what two pictures share. */
  tokens?: { model: ModelFile; output: { name: string } } | undefined;
  projection?: ProjectionFile | undefined;
  licence: string;
  source: string;
}

/** An encoder of which only embeddings are here: imported from another program. */
export interface ImportedDefinition {
  name: string;
  title: string;
  description?: string | undefined;
  model: { imported: true; file: string };
  dimension: number;
  projection?: ProjectionFile | undefined;
}

/**
 * What a collection knows of an encoder: one with a model on this machine, one that was imported, or either of
 * them adapted to the collection's labels.
 */
export type EncoderDescription =
  | { kind: 'local'; definition: EncoderDefinition }
  | { kind: 'imported'; definition: ImportedDefinition }
  | { kind: 'adapted'; base: 'local'; definition: EncoderDefinition }
  | { kind: 'adapted'; base: 'imported'; definition: ImportedDefinition };
