/** Builds an ONNX graph node by node, with every shape inferred and checked on the way, and encodes it as an ONNX file. */
import { inferShapes, isFloatAttribute, operatorDomain } from './operators.ts';
import { optimized } from './optimize.ts';
import { attributeProto, encodeModel, type GraphProto, type TensorProto, type ValueInfoProto } from './proto.ts';
import { type Attributes, type Dtype, isSubgraph, type Node, type Shape, type Subgraph, type Value } from './values.ts';

export type { Attributes, Dim, Dtype, Node, Shape, Value } from './values.ts';

/** Stands for an optional input that is left out. */
const absent: Value = { name: '', dtype: 'float32', shape: [] };

/** TensorProto.DataType of onnx.proto. */
const dataType: Record<Dtype, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** What one turn of a loop gives: the next turn's values, and values that are stacked over all turns. */
export interface Turn {
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

  /** A graph nested in `outer`, the body of a loop, sees the values around it. */
  constructor(outer?: Graph) {
    this.#outer = outer;
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
    const outputs = inferShapes(op, inputs, attributes, this.#integersOf).map(({ dtype, shape }) => ({
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
    if (count === 1) {
      const { carried, stacked } = turn(this, this.integers([0], []), [...first]);
      return { carried, stacked: stacked.map((value) => this.op('Unsqueeze', [value, this.integers([0])])) };
    }
    const body = new Graph(this);
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
  readonly #integersOf = (value: Value): number[] | undefined => {
    const tensor = this.#initializers.get(value.name);
    if (!tensor) return this.#outer ? this.#outer.#integersOf(value) : undefined;
    if (value.dtype !== 'int64') return undefined;
    const { buffer, byteOffset, byteLength } = tensor.rawData;
    return Array.from(new BigInt64Array(buffer as ArrayBuffer, byteOffset, byteLength / 8), Number);
  };
}

function valueInfo({ name, dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: dataType[dtype], shape: { dim } } } };
}
