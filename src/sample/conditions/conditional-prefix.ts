/**
 * Draws a row's prefix, the columns under conditions, from the model's distribution given that the conditions hold.
 *
 * Masking forbidden tokens and renormalising step by step is biased: a path is drawn more often than it should be the
 * less of the model's probability its later steps keep. Here each place in the tree of allowed beginnings has a bound on
 * the probability that a beginning, continued as the model would, stays allowed: 1 while unknown, and once the model was
 * asked, the sum of its shares for the allowed tokens, each times its own bound. A step is drawn in proportion to share
 * times bound, and where a bound turns out lower than the one by which its place was chosen, the draw begins anew with the
 * probability of the difference. A finished beginning so has the probability p(beginning) / bound(root), exactly, however
 * many places are known (rejection sampling with a bound that adapts, as in Gilks and Wild 1992). A place is unknown
 * only once: there are no more rejections than places.
 *
 * The root chooses among orders of the prefix's columns; the tree is shared by the rows that ask for the same.
 */
import { TabletalkError } from '../../errors/errors.ts';
import type { Random } from '../../numeric/random.ts';
import { after, isEnding, oneOf, onlyPath, type State } from '../../serialize/codec/automaton.ts';
import { commonCells, hasCell } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';
import type { TokenSampler } from '../decode/token-sampler.ts';
import { type RowCells, type RowRequest, rowValues } from '../requests/row-request.ts';
import type { Known, Rules } from './rules.ts';

/** What follows in a row, up to the next token that must be drawn. */
interface Place {
  /** Every token before that one. */
  readonly tokens: Int32Array;
  /** The column being written, its position in the order, and where in `tokens` its cell begins. */
  readonly column: number;
  readonly position: number;
  readonly from: number;
  /** The complete cells before it. */
  readonly cells: RowCells;
  /** What the conditions admit next; undefined after the prefix's last cell. */
  readonly allowed: State | undefined;
  /** What the column's grammar admits next; undefined where it has no such beginning, as with unknown characters. */
  readonly admitted: State | undefined;
  /** Whether conditions bear on nothing after this place. */
  readonly isEnd: boolean;
}

interface PrefixSource<P extends Place> {
  /** Where rows begin, each place as likely as any other; undefined where none can go on from there. */
  readonly starts: readonly (P | undefined)[];
  /** The place after a token is said at `place`; the states are the two after it. Undefined when no row can continue so. */
  next(place: P, token: number, allowed: State, admitted: State | undefined): P | undefined;
  readonly draw: TokenSampler;
  /** The conditions, for a message. */
  readonly shown: string;
}

interface Node<P extends Place = Place> {
  /** Undefined at the root, where a start is chosen. */
  readonly place: P | undefined;
  readonly parent: Node<P> | undefined;
  readonly children: (Node<P> | undefined)[];
  /** The model's probabilities of the allowed tokens; undefined until their logits are known. */
  shares: Float64Array | undefined;
  bound: number;
}

/** A row's way down the tree. */
export interface Walk {
  node: Node;
  /** The bound of `node` when it was chosen. */
  owed: number;
}

export interface ConditionalPrefix {
  begin(): Walk;
  /**
   * Goes on until the prefix is complete or logits are needed.
   * @returns the place reached; its `isEnd` tells which of the two.
   */
  descend(walk: Walk, random: Random): Place;
  /** How often a prefix was rejected and drawn again. */
  redrawn(): number;
  /** Takes the logits after the place where `descend` stopped: logits[from + token]. */
  learn(walk: Walk, logits: Float32Array, from: number): void;
}

/** So many rejected prefixes in succession are taken as proof that the conditions have no probability. */
const mostRejections = 5000;

function createConditionalPrefix<P extends Place>({ starts, next, draw, shown }: PrefixSource<P>): ConditionalPrefix {
  const nodeAt = (place: P, parent: Node<P>): Node<P> => ({
    place,
    parent,
    children: [],
    shares: undefined,
    bound: 1,
  });
  const childOf = (node: Node<P>, index: number): Node<P> | undefined => {
    const { place, children } = node;
    if (place && !(index in children)) {
      const { allowed, admitted } = place;
      const token = allowed!.tokens[index]!;
      const found = next(place, token, allowed!.next(index), admitted && after(admitted, token));
      children[index] = found && nodeAt(found, node);
    }
    return children[index];
  };
  const boundOf = (node: Node, index: number) => (index in node.children ? (node.children[index]?.bound ?? 0) : 1);
  const root: Node<P> = {
    place: undefined,
    parent: undefined,
    children: [],
    shares: new Float64Array(starts.length).fill(1 / starts.length),
    bound: 1,
  };
  root.children.push(...starts.map((start) => start && nodeAt(start, root)));
  tighten(root, boundOf);
  let rejections = 0;
  let redrawn = 0;
  const unlikely = (probability: string) =>
    new TabletalkError('failed', `cannot satisfy ${shown}: its probability under the model is ${probability}`);
  const begin = (): Walk => {
    if (root.bound <= 0) throw unlikely('0');
    return { node: root, owed: root.bound };
  };
  const reject = (walk: Walk) => {
    rejections++;
    redrawn++;
    if (rejections > mostRejections) throw unlikely(`below ${(root.bound / rejections).toExponential(0)}`);
    Object.assign(walk, begin());
  };
  return {
    begin,
    redrawn: () => redrawn,
    descend(walk, random) {
      for (;;) {
        const { place, shares } = walk.node;
        if (place?.isEnd) {
          rejections = 0;
          return place;
        }
        if (!shares) return place!;
        let rest = random.uniform() * walk.owed;
        let chosen = -1;
        for (let i = 0; i < shares.length && chosen < 0; i++) {
          const weight = shares[i]! * boundOf(walk.node, i);
          rest -= weight;
          if (rest < 0 && weight > 0) chosen = i;
        }
        const child = chosen < 0 ? undefined : childOf(walk.node as Node<P>, chosen);
        if (child) {
          walk.owed = boundOf(walk.node, chosen);
          walk.node = child;
        } else {
          if (chosen >= 0) tighten(walk.node, boundOf);
          reject(walk);
        }
      }
    },
    learn({ node }, logits, from) {
      if (node.shares) return;
      const { allowed, admitted } = node.place!;
      const all = admitted ?? allowed!;
      node.shares = draw.shares(logits, from, withTokens(all.tokens, allowed!.tokens), allowed!.tokens);
      tighten(node, boundOf);
    },
  };
}

/** Lowers the bounds of a place and of those before it to what is known of the places after them. */
function tighten(from: Node, boundOf: (node: Node, index: number) => number): void {
  for (let node: Node | undefined = from; node; node = node.parent) {
    let bound = 0;
    for (const [i, share] of node.shares!.entries()) bound += share * boundOf(node, i);
    node.bound = Math.min(node.bound, bound);
  }
}

/** Given text may have characters that the grammar never draws; they are among all tokens then. */
function withTokens(all: Int32Array, allowed: Int32Array): Int32Array {
  const known = new Set(all);
  const others = allowed.filter((token) => !known.has(token));
  return others.length === 0 ? all : Int32Array.from([...all, ...others]);
}

// The places of a conditional prefix: what conditions and checks allow of each cell, given those before it.

/** A cell to be written as it is, or what it may be among all that the grammar admits. */
type Cell = Int32Array | { readonly allowed: State; readonly admitted: State };

interface CellPlace extends Place {
  readonly order: readonly number[];
  /** The values of `cells`, where checks want to know them, and those the model has no words for. */
  readonly known: Known;
}

/** @param orders of the same columns, each as likely as any other; those that are given before any is drawn come first. */
export function prefixOf(
  codec: Codec,
  draw: TokenSampler,
  orders: readonly (readonly number[])[],
  { given, sets, aside, shown }: RowRequest,
  rules: Rules | undefined,
): ConditionalPrefix {
  const { endings } = codec;
  const firstDrawn = orders[0]!.findIndex((column) => !given[column]);
  const end = orders[0]!.length - 1;
  const free = (column: number, position: number): Cell => {
    const admitted = codec.start(column);
    const tokens = given[column];
    if (tokens)
      return position < firstDrawn ? tokens : { allowed: oneOf([tokens], { free: admitted, endings }), admitted };
    const set = sets[column];
    return { allowed: (set && codec.restrict(column, set)) ?? admitted, admitted };
  };
  /** The cell under the checks, too; undefined when they leave nothing. */
  const cellAt = (column: number, position: number, known: Known): Cell | undefined => {
    const rule = rules?.allowed(column, known);
    if (!rule) return free(column, position);
    const tokens = given[column];
    if (tokens) return hasCell(rule.set, codec.decode(column, tokens)) ? free(column, position) : undefined;
    const set = sets[column];
    const allowed = codec.restrict(column, set ? commonCells(set, rule.set) : rule.set);
    const only = allowed && rule.isSet && !set ? onlyPath(allowed, endings) : undefined;
    return only ?? (allowed && { allowed, admitted: codec.start(column) });
  };
  const learn = (known: Known, column: number, tokens: Int32Array): Known =>
    rules ? known.with(column, codec.decode(column, tokens)) : known;
  /** Writes what needs no drawing, from the column at position `first` on. */
  const enter = (
    order: readonly number[],
    first: number,
    before: Iterable<number>,
    complete: RowCells,
    knownBefore: Known,
  ): CellPlace | undefined => {
    const tokens = [...before];
    const cells = [...complete];
    let known = knownBefore;
    for (let position = first; position <= end; position++) {
      const column = order[position]!;
      tokens.push(...codec.phrase(column, position === 0));
      const cell = cellAt(column, position, known);
      if (!cell) return undefined;
      if (!(cell instanceof Int32Array)) {
        const place = { tokens: Int32Array.from(tokens), order, position, column, from: tokens.length, cells, known };
        return { ...cell, ...place, isEnd: false };
      }
      tokens.push(...cell);
      cells[column] = cell;
      known = learn(known, column, cell);
    }
    const last = {
      order,
      position: end,
      column: order[end]!,
      from: tokens.length,
      allowed: undefined,
      admitted: undefined,
    };
    return { ...last, tokens: Int32Array.from(tokens), cells, known, isEnd: true };
  };
  const none = codec.schema.columns.map(() => undefined);
  return createConditionalPrefix<CellPlace>({
    starts: orders.map((order) => enter(order, 0, [codec.bos], none, rowValues(codec, none, aside))),
    next(place, token, allowed, admitted) {
      const { order, position, column, from, cells, known } = place;
      const tokens = isEnding(token, allowed, endings) ? place.tokens : Int32Array.of(...place.tokens, token);
      if (allowed.tokens.length > 0) {
        return { ...place, tokens, allowed, admitted, isEnd: position === end && allowed === admitted };
      }
      const cell = tokens.subarray(from);
      return enter(order, position + 1, tokens, cells.with(column, cell), learn(known, column, cell));
    },
    draw,
    shown: shown || 'the checks',
  });
}
