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
import { after, type State } from '../../serialize/codec/automaton.ts';
import type { TokenSampler } from '../decode/token-sampler.ts';

/** What follows in a row, up to the next token that must be drawn. */
export interface Place {
  /** Every token before that one. */
  readonly tokens: Int32Array;
  /** Position in the order of the column being written. */
  readonly position: number;
  /** What the conditions admit next; undefined after the prefix's last cell. */
  readonly allowed: State | undefined;
  /** What the column's grammar admits next; undefined where it has no such beginning, as with unknown characters. */
  readonly admitted: State | undefined;
  /** Whether conditions bear on nothing after this place. */
  readonly isEnd: boolean;
}

export interface PrefixSource<P extends Place> {
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

export function createConditionalPrefix<P extends Place>({
  starts,
  next,
  draw,
  shown,
}: PrefixSource<P>): ConditionalPrefix {
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
