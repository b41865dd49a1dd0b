/** Rewrites before a graph is encoded, so that a session passes over less memory. They change no result. */
import { isSubgraph, type Node, type Value } from './values.ts';

/** The nodes of a graph, with sums fused into products and without the copies that only name an output. */
export function optimized(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const captured = new Set(nodes.flatMap(namesInside));
  const kept = new Set([...captured, ...outputs.map(({ name }) => name)]);
  return withoutIdentities(sumsIntoProducts(nodes, kept), captured);
}

/** The values that the loop bodies inside a node read, their own or from around them. */
function namesInside({ attributes }: Node): string[] {
  return Object.values(attributes).flatMap((body) =>
    isSubgraph(body)
      ? body.nodes.flatMap((node) => [...node.inputs.map(({ name }) => name), ...namesInside(node)])
      : [],
  );
}

/**
 * Turns a product of two matrices whose only use is an Add into one Gemm, which adds while it multiplies: biases, residual
 * branches, and gradients that meet. `kept` names the values that are read from outside.
 */
function sumsIntoProducts(nodes: readonly Node[], kept: ReadonlySet<string>): Node[] {
  const uses = new Map<string, number>();
  for (const { inputs } of nodes) for (const { name } of inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  const products = new Map(nodes.flatMap((node) => (isPlainProduct(node) ? [[node.outputs[0]!.name, node]] : [])));
  const joined = new Set<Node>();
  const fused = nodes.map((node) => {
    if (node.op !== 'Add') return node;
    const [a, b] = node.inputs as [Value, Value];
    for (const [product, addend] of [[b, a] as const, [a, b] as const]) {
      const made = products.get(product.name);
      if (!made || uses.get(product.name) !== 1 || kept.has(product.name) || !fits(addend, product)) continue;
      joined.add(made);
      return { ...node, op: 'Gemm', inputs: [...made.inputs, addend], attributes: { ...made.attributes, beta: 1 } };
    }
    return node;
  });
  return fused.filter((node) => !joined.has(node));
}

const isPlainProduct = ({ op, inputs }: Node): boolean =>
  (op === 'FusedMatMul' || op === 'Gemm') && inputs.length === 2 && inputs.every(({ shape }) => shape.length === 2);

/** What Gemm can add: a matrix of the product's shape, or a row for all of its rows. */
function fits({ shape }: Value, { shape: [rows, columns] }: Value): boolean {
  return shape.at(-1) === columns && (shape.length === 1 || (shape.length === 2 && shape[0] === rows));
}

/** Lets a node write into the graph output that an Identity would copy it to, unless a loop body reads the node's own name. */
function withoutIdentities(nodes: readonly Node[], captured: ReadonlySet<string>): Node[] {
  const produced = new Set(
    nodes.flatMap((node) => (node.op === 'Identity' ? [] : node.outputs.map(({ name }) => name))),
  );
  const renamed = new Map<string, Value>();
  const kept = nodes.filter((node) => {
    const source = node.inputs[0]!;
    if (node.op !== 'Identity' || !produced.has(source.name) || renamed.has(source.name)) return true;
    if (captured.has(source.name)) return true;
    renamed.set(source.name, node.outputs[0]!);
    return false;
  });
  const rename = (value: Value) => renamed.get(value.name) ?? value;
  return kept.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }));
}
