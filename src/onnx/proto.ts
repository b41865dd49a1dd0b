/** Writes an ONNX model as bytes. It knows the wire format (onnx.proto, IR version 10) and nothing of what a graph computes. */
import protobuf from 'protobufjs';

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

export interface TensorProto {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

export interface ValueInfoProto {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: ({ dimValue: number } | { dimParam: string })[] } } };
}

export interface AttributeProto {
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

export interface GraphProto {
  name: string;
  node: readonly NodeProto[];
  initializer: readonly TensorProto[];
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
}

/** An attribute as onnx.proto spells it; whether a lone number is an int or a float depends on the operator, so the caller says. */
export function attributeProto(
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
export function encodeModel(graph: GraphProto): Uint8Array {
  const type = root.lookupType('Model');
  const domains = new Set(domainsIn(graph));
  const opsetImport = operatorSets.filter(({ domain }) => domain === '' || domains.has(domain));
  const model = { irVersion, producerName: 'tabletalk', graph, opsetImport };
  return type.encode(type.create(model)).finish();
}

function domainsIn({ node }: GraphProto): string[] {
  return node.flatMap(({ domain, attribute }) => [domain, ...attribute.flatMap(({ g }) => (g ? domainsIn(g) : []))]);
}
