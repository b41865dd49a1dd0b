/** Builds an ONNX graph node by node, with every shape inferred and checked on the way, and encodes it as an ONNX file. */
import protobuf from 'protobufjs';
import { inferShapes, isFloatAttribute, operatorDomain, optimized } from './operators.ts';
import { type Attributes, type Dtype, isSubgraph, type Node, type Shape, type Subgraph, type Value } from './values.ts';

export type { Attributes, Dim, Dtype, Node, Shape, Value } from './values.ts';

/** Stands for an optional input that is left out. */
const absent: Value = { name: '', dtype: 'float32', shape: [] };

/** TensorProto.DataType of onnx.proto. */
const dataType: Record<Dtype, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** What one turn of a loop gives: the next turn's values, and values that are stacked over all turns. */
interface Turn {
  readonly carried: readonly Value[];
  readonly stacked: readonly Value[];
}

/** Writes an operator in other operators: adds nodes and returns their outputs, or undefined to leave the node as it is. */
type Rewrite = (g: Graph, inputs: readonly Value[], attributes: Attributes) => Value[] | undefined;
export type Lowering = Readonly<Record<string, Rewrite>>;

export class Graph implements Subgraph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, Value>();
  /** Names are unique in a graph and all that are nested in it. */
  readonly #names: { count: number };
  readonly #outer: Graph | undefined;

  readonly #unrolls: boolean;

  /** A graph nested in `outer`, the body of a loop, sees the values around it; with `unrolls` there is none: turns follow each other. */
  constructor({ outer, unrolls = false }: { readonly outer?: Graph; readonly unrolls?: boolean } = {}) {
    this.#outer = outer;
    this.#unrolls = unrolls;
    this.#names = outer ? outer.#names : { count: 0 };
  }

  input(name: string, dtype: Dtype, shape: Shape): Value {
    const value = { name, dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A tensor stored in the graph, e.g. a weight of an exported model. */
  initializer(name: string, data: Float32Array | BigInt64Array | Int32Array, shape: readonly number[]): Value {
    const dtype = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.set(name, { name, dims: shape, dataType: dataType[dtype], rawData });
    return { name, dtype, shape };
  }

  /** A float constant: one number, or a tensor when `shape` is given. Equal lone numbers are stored once. */
  constant(data: number | Float32Array, shape: readonly number[] = []): Value {
    if (typeof data !== 'number') return this.initializer(this.#fresh('constant'), data, shape);
    return this.#once(`float ${data}`, () => this.initializer(this.#fresh('constant'), Float32Array.of(data), []));
  }

  /** Whether a value is a float constant of which every number is `x`. */
  isFilledWith(value: Value, x: number): boolean {
    const tensor = this.#initializers.get(value.name);
    if (!tensor || value.dtype !== 'float32') return this.#outer?.isFilledWith(value, x) ?? false;
    const { buffer, byteOffset, byteLength } = tensor.rawData;
    return new Float32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4).every((number) => number === x);
  }

  /** A constant list of whole numbers (axes, shapes), or one whole number when `shape` is []. */
  integers(data: readonly number[], shape: readonly number[] = [data.length]): Value {
    const key = `int ${data.join()} of ${shape.join()}`;
    return this.#once(key, () => this.initializer(this.#fresh('constant'), BigInt64Array.from(data, BigInt), shape));
  }

  /** Adds a node and returns its first output. */
  op(op: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.ops(op, inputs, attributes)[0]!;
  }

  /** Adds a node and returns all its outputs. Throws when the operator does not admit the inputs' shapes. */
  ops(op: string, inputs: readonly Value[], attributes: Attributes = {}): Value[] {
    const outputs = inferShapes(op, inputs, attributes, this.integersOf).map(({ dtype, shape }) => ({
      name: this.#fresh(op),
      dtype,
      shape,
    }));
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /**
   * Runs a body `count` times. It is given a graph of its own, the turn's number (an int64 scalar) and the carried values,
   * which are `first` in the first turn.
   * @returns the carried values after the last turn, and the stacked ones with a leading axis of length `count`.
   */
  loop(count: number, first: readonly Value[], turn: (g: Graph, index: Value, carried: Value[]) => Turn): Turn {
    if (count === 1 || this.#unrolls) {
      let carried = [...first];
      const turns = Array.from({ length: count }, (_, i) => {
        const made = turn(this, this.integers([i], []), carried);
        carried = [...made.carried];
        return made.stacked.map((value) => this.op('Unsqueeze', [value, this.integers([0])]));
      });
      const all = (at: number) => turns.map((values) => values[at]!);
      return {
        carried,
        stacked: turns[0]!.map((one, at) => (count === 1 ? one : this.op('Concat', all(at), { axis: 0 }))),
      };
    }
    const body = new Graph({ outer: this });
    const index = body.input(this.#fresh('turn'), 'int64', []);
    const goOn = body.input(this.#fresh('goOn'), 'bool', []);
    const given = first.map(({ dtype, shape }) => body.input(this.#fresh('carried'), dtype, shape));
    const { carried, stacked } = turn(body, index, given);
    for (const value of [goOn, ...carried, ...stacked]) body.output(this.#fresh('next'), value);
    const outputs = [...carried, ...stacked].map(({ dtype, shape }, i) => ({
      name: this.#fresh('Loop'),
      dtype,
      shape: i < carried.length ? shape : [count, ...shape],
    }));
    this.nodes.push({
      op: 'Loop',
      inputs: [this.integers([count], []), absent, ...first],
      outputs,
      attributes: { body },
    });
    return { carried: outputs.slice(0, carried.length), stacked: outputs.slice(carried.length) };
  }

  /** Replaces every node that has a rewrite by the nodes that the rewrite adds, also inside loops. Changes this graph and returns it. */
  lower(lowering: Lowering): this {
    this.#lower(lowering, new Map());
    return this;
  }

  /** @param replaced what stands for the outputs of the nodes that are gone, by their names. */
  #lower(lowering: Lowering, replaced: Map<string, Value>): void {
    for (const node of this.nodes.splice(0)) {
      const inputs = node.inputs.map((value) => replaced.get(value.name) ?? value);
      for (const body of Object.values(node.attributes)) if (body instanceof Graph) body.#lower(lowering, replaced);
      const made = lowering[node.op]?.(this, inputs, node.attributes);
      if (!made) this.nodes.push({ ...node, inputs });
      else for (const [i, value] of made.entries()) replaced.set(node.outputs[i]!.name, value);
    }
  }

  /** Makes `value` an output of the graph under `name`. */
  output(name: string, value: Value): Value {
    const named = { ...value, name };
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [named], attributes: {} });
    this.outputs.push(named);
    return named;
  }

  /** The bytes of an ONNX file. */
  encode(): Uint8Array {
    return encodeModel(this.#proto());
  }

  #proto(): GraphProto {
    const nodes = optimized(this.nodes, this.outputs);
    return {
      name: 'tabletalk',
      node: nodes.map(({ op, inputs, outputs, attributes }, index) => ({
        name: `${op}_${index}`,
        opType: op,
        domain: operatorDomain(op),
        input: inputs.map(({ name }) => name),
        output: outputs.map(({ name }) => name),
        attribute: Object.entries(attributes).map(([name, value]) =>
          attributeProto(name, isSubgraph(value) ? (value as Graph).#proto() : value, isFloatAttribute(name)),
        ),
      })),
      initializer: [...this.#initializers.values()],
      input: this.inputs.map(valueInfo),
      output: this.outputs.map(valueInfo),
    };
  }

  #fresh(hint: string): string {
    return `${hint}:${this.#names.count++}`;
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#constants.get(key);
    if (known) return known;
    const value = make();
    this.#constants.set(key, value);
    return value;
  }

  /** The numbers of a constant made by `integers`, which shape inference of Reshape, Slice and others reads. */
  readonly integersOf = (value: Value): number[] | undefined => {
    const tensor = this.#initializers.get(value.name);
    if (!tensor) return this.#outer ? this.#outer.integersOf(value) : undefined;
    if (value.dtype !== 'int64') return undefined;
    const { buffer, byteOffset, byteLength } = tensor.rawData;
    return Array.from(new BigInt64Array(buffer as ArrayBuffer, byteOffset, byteLength / 8), Number);
  };
}

function valueInfo({ name, dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: dataType[dtype], shape: { dim } } } };
}

// Writes an ONNX model as bytes.

/** The messages of onnx.proto that a forward or training graph needs, with that file's field numbers. */
const root = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: ['int64', 1],
      producerName: ['string', 2],
      graph: ['Graph', 7],
      opsetImport: ['Opset*', 8],
    }),
    Opset: message({ domain: ['string', 1], version: ['int64', 2] }),
    Graph: message({
      node: ['Node*', 1],
      name: ['string', 2],
      initializer: ['Tensor*', 5],
      input: ['ValueInfo*', 11],
      output: ['ValueInfo*', 12],
    }),
    Node: message({
      input: ['string*', 1],
      output: ['string*', 2],
      name: ['string', 3],
      opType: ['string', 4],
      attribute: ['Attribute*', 5],
      domain: ['string', 7],
    }),
    Attribute: message({
      name: ['string', 1],
      f: ['float', 2],
      i: ['int64', 3],
      s: ['bytes', 4],
      g: ['Graph', 6],
      ints: ['int64*', 8],
      type: ['int32', 20],
    }),
    Tensor: message({ dims: ['int64*', 1], dataType: ['int32', 2], name: ['string', 8], rawData: ['bytes', 9] }),
    ValueInfo: message({ name: ['string', 1], type: ['Type', 2] }),
    Type: message({ tensorType: ['TensorType', 1] }),
    TensorType: message({ elemType: ['int32', 1], shape: ['Shape', 2] }),
    Shape: message({ dim: ['Dimension*', 1] }),
    Dimension: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
  },
});

/** `['int64*', 1]` is a repeated int64 with field number 1. */
function message(fields: Record<string, readonly [type: string, id: number]>): protobuf.IType {
  const entries = Object.entries(fields).map(([name, [type, id]]) => {
    const repeated = type.endsWith('*');
    return [name, { type: repeated ? type.slice(0, -1) : type, id, ...(repeated && { rule: 'repeated' }) }] as const;
  });
  return { fields: Object.fromEntries(entries) };
}

const attributeType = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

interface TensorProto {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

interface ValueInfoProto {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: ({ dimValue: number } | { dimParam: string })[] } } };
}

interface AttributeProto {
  name: string;
  type: (typeof attributeType)[keyof typeof attributeType];
  f?: number;
  i?: number;
  s?: Uint8Array;
  g?: GraphProto;
  ints?: readonly number[];
}

interface NodeProto {
  name: string;
  opType: string;
  domain: string;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly AttributeProto[];
}

interface GraphProto {
  name: string;
  node: readonly NodeProto[];
  initializer: readonly TensorProto[];
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
}

/** An attribute as onnx.proto spells it; whether a lone number is an int or a float depends on the operator, so the caller says. */
function attributeProto(
  name: string,
  value: number | readonly number[] | string | GraphProto,
  isFloat: boolean,
): AttributeProto {
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') {
    return isFloat ? { name, type: attributeType.float, f: value } : { name, type: attributeType.int, i: value };
  }
  if ('node' in value) return { name, type: attributeType.graph, g: value };
  return { name, type: attributeType.ints, ints: value };
}

const irVersion = 10;

/** Operator sets: ONNX 18 (the newest whose operators all run on every execution provider we use) and ORT's own. */
const operatorSets = [
  { domain: '', version: 18 },
  { domain: 'com.microsoft', version: 1 },
];

/** A whole model file; it names only the operator sets it uses. */
function encodeModel(graph: GraphProto): Uint8Array {
  const type = root.lookupType('Model');
  const domains = new Set(domainsIn(graph));
  const opsetImport = operatorSets.filter(({ domain }) => domain === '' || domains.has(domain));
  const model = { irVersion, producerName: 'tabletalk', graph, opsetImport };
  return type.encode(type.create(model)).finish();
}

function domainsIn({ node }: GraphProto): string[] {
  return node.flatMap(({ domain, attribute }) => [domain, ...attribute.flatMap(({ g }) => (g ? domainsIn(g) : []))]);
}
