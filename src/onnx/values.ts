/** What a graph is made of: tensors with a type and a shape, and the nodes that compute them. */

/** A size, or the name of a size that is known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type Dtype = 'float32' | 'int32' | 'int64' | 'bool';

/** A tensor in the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** The body of a loop: a graph of its own that also reads the values around it. */
export interface Subgraph {
  readonly nodes: readonly Node[];
}

export type Attribute = number | readonly number[] | string | Subgraph;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export function isSubgraph(attribute: Attribute): attribute is Subgraph {
  return typeof attribute === 'object' && 'nodes' in attribute;
}
