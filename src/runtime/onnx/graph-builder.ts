import { ModelProto } from './proto.ts';

/** Version of the default operator set. */
const OPSET = 20;

/** Element types of the ONNX standard (TensorProto.DataType). */
export const DATA_TYPE = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  double: 11,
} as const;
export type DataType = keyof typeof DATA_TYPE;

/** A dimension: a fixed size, or the name of one that is known only at run time. */
export type Dimension = number | string;

/**
 * An attribute's value. Integers become INT, other numbers FLOAT: wrap a whole-numbered float
 * attribute as `{ float: 1 }`.
 */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] };

interface ValueInfo {
  name: string;
  type: DataType;
  dims: readonly Dimension[];
}

const AttributeType = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === 'string') {
    return { name, type: AttributeType.string, s: Buffer.from(value) };
  }
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? { name, type: AttributeType.int, i: value }
      : { name, type: AttributeType.float, f: value };
  }
  if ('float' in value) return { name, type: AttributeType.float, f: value.float };
  if ('floats' in value) return { name, type: AttributeType.floats, floats: [...value.floats] };
  return { name, type: AttributeType.ints, ints: [...value] };
}

function encodeValueInfo({ name, type, dims }: ValueInfo): object {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], shape: { dim } } } };
}

/** Takes large constants out of the model file, so that they need not be held in memory together. */
export interface WeightSink {
  /** Name of the file beside the model. */
  readonly file: string;
  /** Writes bytes and tells where they lie. */
  append(bytes: Uint8Array): number;
}

/** Constants of at least this many bytes go to the sink. */
const SINK_BYTES = 1024;

/**
 * Builds one ONNX graph node by node. Every method that adds something returns the name of its
 * output, to be handed to the next node.
 */
export class GraphBuilder {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly domains = new Map<string, number>();
  private counter = 0;

  /**
   * @param name the graph's name, shown by viewers
   * @param weights where large constants go; they stay in the model by default
   */
  constructor(
    private readonly name: string,
    private readonly weights?: WeightSink,
  ) {
    this.domains.set('', OPSET);
  }

  /** Declares an input of the graph. */
  input(name: string, type: DataType, dims: readonly Dimension[]): string {
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Declares an existing value as an output of the graph. */
  output(name: string, type: DataType, dims: readonly Dimension[]): void {
    this.outputs.push({ name, type, dims });
  }

  /** Adds a constant tensor of 32-bit floats, row-major. */
  floats(values: Float32Array | readonly number[], dims: readonly number[], name?: string): string {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.constant('float', data, dims, name);
  }

  /** Adds a constant tensor of 64-bit integers (shapes, axes, indices); a list unless `dims` says else. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant('int64', BigInt64Array.from(values, BigInt), dims);
  }

  /** Adds a constant tensor of bytes, row-major. */
  bytes(values: Uint8Array, dims: readonly number[]): string {
    return this.constant('uint8', values, dims);
  }

  /** Adds a constant tensor of signed bytes, row-major. */
  int8s(values: Int8Array, dims: readonly number[]): string {
    return this.constant('int8', values, dims);
  }

  /**
   * Adds a node of one output.
   * @param op operator, for instance `Conv`
   * @param inputs names of the values it takes ('' for an optional one left out)
   * @param options `output` names the result; `domain` and its version for operators outside the standard
   * @returns the name of its output
   */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: { output?: string; domain?: string; domainVersion?: number } = {},
  ): string {
    const output = options.output ?? this.fresh(op);
    this.multi(op, inputs, [output], attributes, options);
    return output;
  }

  /** Adds a node of several outputs, whose names are given. */
  multi(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: { domain?: string; domainVersion?: number } = {},
  ): void {
    const domain = options.domain ?? '';
    if (domain !== '') this.domains.set(domain, options.domainVersion ?? 1);
    this.nodes.push({
      opType: op,
      name: `${op}_${this.nodes.length}`,
      domain,
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
    });
  }

  /** A name not used before in this graph. */
  fresh(prefix: string): string {
    this.counter += 1;
    return `${prefix.toLowerCase()}_${this.counter}`;
  }

  /** The finished model file. */
  build(): Uint8Array {
    return ModelProto.encode(
      ModelProto.fromObject({
        irVersion: 10,
        producerName: 'semblance',
        opsetImport: [...this.domains].map(([domain, version]) => ({ domain, version })),
        graph: {
          name: this.name,
          node: this.nodes,
          initializer: this.initializers,
          input: this.inputs.map(encodeValueInfo),
          output: this.outputs.map(encodeValueInfo),
        },
      }),
    ).finish();
  }

  private constant(
    type: DataType,
    data: ArrayBufferView,
    dims: readonly number[],
    name = this.fresh('const'),
  ): string {
    // ONNX stores raw data little-endian, which is the order of every platform onnxruntime-node runs on.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tensor = { name, dataType: DATA_TYPE[type], dims: [...dims] };
    if (this.weights === undefined || bytes.length < SINK_BYTES) {
      this.initializers.push({ ...tensor, rawData: bytes });
    } else {
      const place = {
        location: this.weights.file,
        offset: this.weights.append(bytes),
        length: bytes.length,
      };
      const externalData = Object.entries(place).map(([key, value]) => ({
        key,
        value: String(value),
      }));
      this.initializers.push({ ...tensor, dataLocation: 1, externalData });
    }
    return name;
  }
}
