/** Shapes of what operators return, from the shapes of what they are given; sizes may be names. Each error names operator and input. */
import type { Attributes, Dim, Dtype, Shape, Value } from './graph.ts';

export interface Typed {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

export interface Call {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** The numbers of a constant integer input, undefined when the input is computed. */
  readonly integers: (value: Value) => readonly number[] | undefined;
}

export const show = (shape: Shape) => `[${shape.join(', ')}]`;

/** NumPy broadcasting of all shapes; a named size fits itself and 1. */
function broadcast(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = new Set(shapes.map((shape) => shape[shape.length - rank + axis] ?? 1).filter((size) => size !== 1));
    if (sizes.size > 1) return undefined;
    result.push([...sizes][0] ?? 1);
  }
  return result;
}

export function broadcastInputs({ op }: Call, inputs: readonly Value[]): Shape {
  const shape = broadcast(inputs.map((input) => input.shape));
  if (!shape)
    throw new Error(`${op}: inputs do not broadcast: ${inputs.map((x) => `${x.name} ${show(x.shape)}`).join(', ')}`);
  return shape;
}

export function reducedShape({ inputs: [x, axes], attributes, integers }: Call): Shape {
  const rank = x!.shape.length;
  const reduced = new Set(
    (axes ? integers(axes)! : x!.shape.map((_, axis) => axis)).map((axis) => (axis + rank) % rank),
  );
  const keep = attributes.keepdims !== 0;
  return x!.shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
}

export function productShape({ op, inputs: [a, b] }: Call, transA: boolean, transB: boolean): Shape {
  const [rows, innerA] = lastTwo(a!.shape, transA);
  const [innerB, columns] = lastTwo(b!.shape, transB);
  const batch = broadcast([a!.shape.slice(0, -2), b!.shape.slice(0, -2)]);
  if (innerA !== innerB || !batch) {
    throw new Error(
      `${op}: ${a!.name} ${show(a!.shape)}${transA ? ' transposed' : ''} cannot be multiplied by ${b!.name} ${show(b!.shape)}${transB ? ' transposed' : ''}`,
    );
  }
  return [...batch, rows, columns];
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}

export function permuted(shape: Shape, perm: Attributes[string] | undefined): Shape {
  return (perm as readonly number[]).map((axis) => shape[axis]!);
}

/** A constant target may copy a size (0) and leave one to be found (-1); sizes with names are products of names and a number. */
export function reshaped({ op, inputs: [x, target], integers }: Call): Shape {
  const sizes = integers(target!);
  if (!sizes) return ['reshaped'];
  const copied: Dim[] = sizes.map((size, axis) => (size === 0 ? x!.shape[axis]! : size));
  const from = product(x!.shape);
  const to = product(copied.filter((size) => size !== -1));
  const names = without(from.names, to.names);
  const rest = from.size / to.size;
  const fits = names && Number.isInteger(rest) && (copied.includes(-1) || (names.length === 0 && rest === 1));
  if (!fits) throw new Error(`${op}: ${x!.name} ${show(x!.shape)} does not have the size of [${sizes.join(', ')}]`);
  const found = names.length === 0 ? rest : [...names, ...(rest === 1 ? [] : [rest])].join('*');
  return copied.map((size) => (size === -1 ? found : size));
}

function product(shape: Shape): { size: number; names: string[] } {
  const factors = shape.flatMap((size): Dim[] => (typeof size === 'string' ? size.split('*') : [size]));
  const isSize = (factor: Dim) => Number.isFinite(Number(factor));
  return {
    size: factors.filter(isSize).reduce((a: number, b) => a * Number(b), 1),
    names: factors.filter((factor) => !isSize(factor)) as string[],
  };
}

/** `names` less `taken`, each as often as it is taken; undefined when one is not there. */
function without(names: readonly string[], taken: readonly string[]): string[] | undefined {
  const left = [...names];
  for (const name of taken) {
    const at = left.indexOf(name);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return left;
}

export function unsqueezed({ inputs: [x, axes], integers }: Call): Shape {
  const added = integers(axes!)!;
  const rank = x!.shape.length + added.length;
  const shape: Dim[] = [...x!.shape];
  for (const axis of added.map((axis) => (axis + rank) % rank).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return shape;
}

export function expanded({ inputs: [x, target], integers }: Call): Shape {
  return broadcast([x!.shape, integers(target!) ?? ['expanded']])!;
}

export function castDtype(to: Attributes[string] | undefined): Dtype {
  const dtype = ({ 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool' } as const)[to as 1 | 6 | 7 | 9];
  return dtype;
}

export function gathered({ inputs: [data, indices], attributes }: Call): Shape {
  const axis = (attributes.axis as number | undefined) ?? 0;
  return [...data!.shape.slice(0, axis), ...indices!.shape, ...data!.shape.slice(axis + 1)];
}

export function concatenated({ inputs, attributes }: Call): Shape {
  const rank = inputs[0]!.shape.length;
  const axis = ((attributes.axis as number) + rank) % rank;
  const sizes = inputs.map(({ shape }) => shape[axis]!);
  const total = sizes.every((size) => typeof size === 'number') ? sizes.reduce((a, b) => a + b, 0) : sizes.join('+');
  return inputs[0]!.shape.map((size, at) => (at === axis ? total : size));
}

export function sliced({ inputs: [x, starts, ends, axes], integers }: Call): Shape {
  const [from, to, on] = [starts, ends, axes].map((value) => (value ? integers(value) : undefined));
  const shape = [...x!.shape];
  for (const [i, counted] of (on ?? []).entries()) {
    const axis = (counted + shape.length) % shape.length;
    const size = shape[axis]!;
    if (typeof size !== 'number' || !from || !to) {
      shape[axis] = 'sliced';
      continue;
    }
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    shape[axis] = clamp(to[i]!) - clamp(from[i]!);
  }
  return shape;
}

/** Into the given sizes, or into `num_outputs` equal parts. */
export function split({ op, inputs: [x, given], attributes, integers }: Call): Typed[] {
  const axis = ((attributes.axis as number) + x!.shape.length) % x!.shape.length;
  const size = x!.shape[axis]!;
  const parts = (attributes.num_outputs as number | undefined) ?? 1;
  const sizes = given ? integers(given)! : new Array<number>(parts).fill(Number(size) / parts);
  const whole = sizes.every(Number.isInteger) && sizes.reduce((a, b) => a + b, 0) === size;
  if (!whole) {
    const wanted = given ? `sizes [${sizes.join(', ')}]` : `${parts} equal parts`;
    throw new Error(`${op}: ${x!.name} ${show(x!.shape)} does not split into ${wanted} along axis ${attributes.axis}`);
  }
  return sizes.map((part) => ({ dtype: x!.dtype, shape: x!.shape.with(axis, part) }));
}

export function rowStatistic(x: Value): Typed {
  return { dtype: 'float32', shape: [...x.shape.slice(0, -1), 1] };
}
