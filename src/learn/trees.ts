/**
 * Gradient-boosted trees on histograms: fits numbers or classes, with missing cells and categories as they come.
 * It knows matrices and labels. Source: Friedman 2001; Ke et al., LightGBM, NeurIPS 2017, whose defaults these are.
 */
import { createRandom } from '../random.ts';
import { applyBins, fitBins } from './bins.ts';
import { lossOf } from './losses.ts';
import type { Labels, Learner, Matrix, Model } from './matrix.ts';
import { addTree, growTree, type Tree, treeSpace } from './tree.ts';

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
}

const defaults = { rounds: 100, learningRate: 0.1, maxLeaves: 31, minRows: 20, l2: 0, rowShare: 1, seed: 0 };

export function boostedTrees(options: TreeOptions = {}): Learner {
  return (matrix, labels) => fit(matrix, labels, { ...defaults, ...options });
}

function fit(matrix: Matrix, labels: Labels, options: Required<TreeOptions>): Model {
  const columns = fitBins(matrix);
  const binned = applyBins(columns, matrix);
  const space = treeSpace(columns, binned);
  const loss = lossOf(labels);
  const n = matrix.rowCount;
  const scores = loss.start.map((start) => new Float64Array(n).fill(start));
  const [gradient, hessian] = [new Float64Array(n), new Float64Array(n)];
  const random = createRandom(options.seed);
  const everyRow = Int32Array.from({ length: n }, (_, row) => row);
  const seen = Math.max(1, Math.round(n * options.rowShare));
  const rounds: Tree[][] = [];
  for (let round = 0; round < options.rounds; round++) {
    const rows = options.rowShare === 1 ? everyRow : random.shuffle(everyRow).slice(0, seen).sort();
    const trees = scores.map((_, k) => {
      loss.derivatives(scores, k, gradient, hessian);
      return growTree(space, rows.slice(), gradient, hessian, options);
    });
    trees.forEach((tree, k) => {
      addTree(tree, binned, options.learningRate, scores[k]!);
    });
    rounds.push(trees);
  }
  return {
    predict(other) {
      const cells = applyBins(columns, other);
      const sums = loss.start.map((start) => new Float64Array(other.rowCount).fill(start));
      for (const trees of rounds) {
        trees.forEach((tree, k) => {
          addTree(tree, cells, options.learningRate, sums[k]!);
        });
      }
      return loss.predictions(sums);
    },
  };
}
