/**
 * Builds an ONNX graph value by value, with every shape known and checked while it is built.
 * It knows operators and shapes (ops.ts) and nothing of what the graph means.
 */
import { inferShapes, isFloatAttribute, operatorDomain } from './ops.ts';
import { attributeProto, encodeModel, type GraphProto, type TensorProto, type ValueInfoProto } from './proto.ts';

/** A size, or the name of a size that is known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type Dtype = 'float32' | 'int32' | 'int64' | 'bool';
export type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

/** A tensor in the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** Stands for an optional input that is left out. */
export const absent: Value = { name: '', dtype: 'float32', shape: [] };

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** TensorProto.DataType of onnx.proto. */
const dataType: Record<Dtype, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, Value>();
  #named = 0;

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
    const { nodes, outputs } = withoutIdentities(this.nodes, this.outputs);
    return {
      name: 'tabletalk',
      node: nodes.map(({ op, inputs, outputs, attributes }, index) => ({
        name: `${op}_${index}`,
        opType: op,
        domain: operatorDomain(op),
        input: inputs.map(({ name }) => name),
        output: outputs.map(({ name }) => name),
        attribute: Object.entries(attributes).map(([name, value]) =>
          attributeProto(name, value, isFloatAttribute(name)),
        ),
      })),
      initializer: [...this.#initializers.values()],
      input: this.inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    };
  }

  #fresh(hint: string): string {
    return `${hint}:${this.#named++}`;
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
    if (!tensor || value.dtype !== 'int64') return undefined;
    const { buffer, byteOffset, byteLength } = tensor.rawData;
    return Array.from(new BigInt64Array(buffer as ArrayBuffer, byteOffset, byteLength / 8), Number);
  };
}

function valueInfo({ name, dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: dataType[dtype], shape: { dim } } } };
}

/** Lets a node write straight into the graph output that an Identity would copy it to, where nothing forbids it. */
function withoutIdentities(nodes: readonly Node[], outputs: readonly Value[]) {
  const produced = new Set(
    nodes.flatMap((node) => (node.op === 'Identity' ? [] : node.outputs.map(({ name }) => name))),
  );
  const renamed = new Map<string, Value>();
  const kept = nodes.filter((node) => {
    const source = node.inputs[0]!;
    if (node.op !== 'Identity' || !produced.has(source.name) || renamed.has(source.name)) return true;
    renamed.set(source.name, node.outputs[0]!);
    return false;
  });
  const rename = (value: Value) => renamed.get(value.name) ?? value;
  return {
    nodes: kept.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    outputs,
  };
}
