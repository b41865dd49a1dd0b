/** What a forward graph is given beside token ids: parameters by name, and attention, which knows where each token stands. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { ModelConfig } from './config.ts';

/** Queries [B T, nHead D], keys and values [B T, nKvHead D], one row a token, before rotation. */
export interface Projections {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** One of four layouts: whole sequences (training), against a cache (decoding), a prefix tree (scoring), or an exported file. */
export interface Attention {
  /** Where each token stands in its sequence, counted from 0: int64 that broadcasts to [B, T]. */
  readonly positions: () => Value;
  /** The mixed values [B T, nHead D] of one layer. */
  readonly attend: (layer: number, projections: Projections) => Value;
  /** The same of projections that stand side by side, [B T, (nHead + 2 nKvHead) D]; only in training. */
  readonly attendJoined?: (projections: Value) => Value;
  /**
   * The rows of x [B T, C] that go on past a layer's keys and values: all of them, but in the last layer of a decoder only
   * each sequence's last token, whose logits are wanted.
   */
  readonly queryRows: (layer: number, x: Value) => Value;
}

export interface Parameters {
  readonly weight: (name: string) => Value;
  /** x [N, in] times the matrix of that name: [N, out]. A scale [in] multiplies the columns of x first. */
  readonly linear: (x: Value, name: string, scale?: Value) => Value;
  /** Where one large product pays: x times all of these matrices, side by side in [N, sum of out]. The scale's name is given. */
  readonly joined?: (x: Value, names: readonly string[], scale: string) => Value;
}

/** Adds the nodes from token ids [B, T] to the result of a forward pass. */
export type Forward = (
  g: Graph,
  config: ModelConfig,
  parameters: Parameters,
  ids: Value,
  attention: Attention,
) => Value;
