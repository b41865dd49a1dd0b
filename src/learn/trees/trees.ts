/**
 * Gradient-boosted trees on histograms: fits numbers or classes, with missing cells and categories as they come.
 * It knows matrices and labels. Source: Friedman 2001; Ke et al., LightGBM, NeurIPS 2017, whose defaults these are.
 */
import { createRandom } from '../../numeric/random.ts';
import { lossOf } from '../losses.ts';
import type { Labels, Learner, Matrix, Model } from '../matrix.ts';
import { applyBins, fitBins } from './bins.ts';
import { addLeaves, addTree, growTree, type Tree, treeSpace } from './tree.ts';

export interface TreeOptions {
  /** Trees for each output. */
  readonly rounds?: number;
  readonly learningRate?: number;
  readonly maxLeaves?: number;
  readonly minRows?: number;
  readonly l2?: number;
  /** Share of the rows that each tree sees, drawn with `seed`. */
  readonly rowShare?: number;
  readonly seed?: number;
  /** Of each row in the loss; by default 1. */
  readonly weights?: Float64Array;
}

type Settings = Required<Omit<TreeOptions, 'weights'>> & Pick<TreeOptions, 'weights'>;

const defaults = { rounds: 100, learningRate: 0.1, maxLeaves: 31, minRows: 20, l2: 0, rowShare: 1, seed: 0 };

export function boostedTrees(options: TreeOptions = {}): Learner {
  return (matrix, labels) => fit(matrix, labels, { ...defaults, ...options });
}

function fit(matrix: Matrix, labels: Labels, options: Settings): Model {
  const columns = fitBins(matrix);
  const binned = applyBins(columns, matrix);
  const space = treeSpace(columns, binned);
  const loss = lossOf(labels);
  const n = matrix.rowCount;
  const scores = loss.start.map((start) => new Float64Array(n).fill(start));
  const [gradient, hessian] = [new Float64Array(n), new Float64Array(n)];
  const random = createRandom(options.seed);
  const order = everyRow(n);
  const seen = Math.max(1, Math.round(n * options.rowShare));
  const rounds: Tree[][] = [];
  for (let round = 0; round < options.rounds; round++) {
    const taught = seen < n ? random.shuffle(order).slice(0, seen).sort() : order;
    const rest = order.subarray(seen);
    const grown = scores.map((_, k) => {
      loss.derivatives(scores, k, gradient, hessian);
      if (options.weights) weigh(options.weights, [gradient, hessian]);
      const rows = taught.slice();
      return { rows, ...growTree(space, rows, gradient, hessian, options) };
    });
    grown.forEach(({ tree, leaves, rows }, k) => {
      addLeaves(tree, leaves, options.learningRate, rows, scores[k]!);
      addTree(tree, binned, options.learningRate, rest, scores[k]!);
    });
    rounds.push(grown.map(({ tree }) => tree));
  }
  return {
    predict(other) {
      const cells = applyBins(columns, other);
      const rows = everyRow(other.rowCount);
      const sums = loss.start.map((start) => new Float64Array(other.rowCount).fill(start));
      for (const trees of rounds) {
        trees.forEach((tree, k) => {
          addTree(tree, cells, options.learningRate, rows, sums[k]!);
        });
      }
      return loss.predictions(sums);
    },
  };
}

function weigh(weights: Float64Array, derivatives: readonly Float64Array[]): void {
  for (const each of derivatives) for (let row = 0; row < each.length; row++) each[row]! *= weights[row]!;
}

const everyRow = (count: number) => Int32Array.from({ length: count }, (_, row) => row);
