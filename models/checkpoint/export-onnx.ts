/**
 * Writes a model as the onnx/model.onnx that Hugging Face's tools load: inputs and outputs have optimum's names, operators
 * are standard ones.
 */
import { TabletalkError } from '../../src/errors/errors.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { standardOperators } from '../../src/onnx/lowering.ts';
import { architectures, logitsOf } from '../architectures.ts';
import { batch, exportedAttention, perToken, sequence, total } from '../attention/exported-attention.ts';
import type { ModelConfig, Weights } from '../config.ts';
import { plainParameters } from '../parameters.ts';

/** Protobuf cannot hold more (onnx.proto). */
const maxBytes = 2 ** 31 - 1;

/**
 * The bytes of a graph from `input_ids` and `position_ids` [batch, sequence], `attention_mask` [batch, past + sequence]
 * (all int64) and `past_key_values.N.key` / `.value` [batch, nKvHead, past, D] to `logits` [batch, sequence, vocabSize]
 * and `present.N.key` / `.value` [batch, nKvHead, past + sequence, D]. Masked places may stand anywhere, so batches may
 * be padded on the left. Throws `failed` for weights of 2 GiB and more.
 */
export function exportModel(config: ModelConfig, weights: Weights): Uint8Array {
  const { weights: specs } = architectures[config.architecture];
  const g = new Graph();
  const ids = g.input('input_ids', 'int64', [batch, sequence]);
  const mask = g.input('attention_mask', 'int64', [batch, total]);
  const positions = g.input('position_ids', 'int64', [batch, sequence]);
  const initializers = new Map(
    specs(config).map(({ name, shape }) => [name, g.initializer(name, weights.get(name)!, shape)]),
  );
  const presents: [name: string, value: Value][] = [];
  const attention = exportedAttention(g, config, { ids, mask, positions }, (name, value) =>
    presents.push([name, value]),
  );
  const parameters = plainParameters(g, config, (name) => initializers.get(name)!);
  const logits = logitsOf(g, config, parameters, ids, attention);
  g.output('logits', perToken(g, ids, logits, [config.vocabSize]));
  for (const [name, value] of presents) g.output(name, value);
  const bytes = specs(config).reduce((sum, { name }) => sum + weights.get(name)!.byteLength, 0);
  if (bytes > maxBytes) {
    throw new TabletalkError(
      'failed',
      `onnx/model.onnx: ${bytes} bytes of weights do not fit in one file of ${maxBytes}`,
    );
  }
  return g.lower(standardOperators).encode();
}
