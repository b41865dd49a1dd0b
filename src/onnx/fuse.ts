/** Joins nodes so that less memory is passed over. It knows what operators compute and nothing of what a graph means. */
import type { Node, Value } from './graph.ts';

/**
 * A product of two matrices that is only added to something becomes one Gemm, which adds while it multiplies: biases,
 * residual branches and gradients that meet. `kept` names values that are read from outside.
 */
export function sumsIntoProducts(nodes: readonly Node[], kept: ReadonlySet<string>): Node[] {
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
  op === 'FusedMatMul' && inputs.every(({ shape }) => shape.length === 2);

/** What Gemm can add: a matrix of the product's shape, or a row for all of its rows. */
function fits({ shape }: Value, { shape: [rows, columns] }: Value): boolean {
  return shape.at(-1) === columns && (shape.length === 1 || (shape.length === 2 && shape[0] === rows));
}
