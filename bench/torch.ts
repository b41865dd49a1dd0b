/** The speed of PyTorch eager, where a python3 with torch is on the PATH: what a training step is compared with. It knows sizes only. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { ModelConfig } from '../models/config.ts';

/** The same llama, AdamW with its fastest implementation at hand; prints seconds a step. */
const program = `
import json, sys, time
import torch, torch.nn as nn, torch.nn.functional as F
c = json.loads(sys.argv[1]); B, T = c['B'], c['T']; C, H, G, V, L, N = (c[k] for k in ('nEmbd','nHead','nKvHead','vocabSize','nLayer','nInner'))
D = C // H
dev = c.get('device', 'cpu')
class Norm(nn.Module):
    def __init__(self): super().__init__(); self.w = nn.Parameter(torch.ones(C))
    def forward(self, x): return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.w
angles = torch.outer(torch.arange(T).float(), 1e4 ** (-torch.arange(D // 2).float() / (D // 2)))
cos, sin = angles.cos().to(dev), angles.sin().to(dev)
def turn(x):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)
mask = torch.full((T, T), float('-inf')).triu(1).to(dev)
class Layer(nn.Module):
    def __init__(self):
        super().__init__(); lin = lambda i, o: nn.Linear(i, o, bias=False)
        self.n1, self.n2 = Norm(), Norm()
        self.q, self.k, self.v, self.o = lin(C, C), lin(C, G * D), lin(C, G * D), lin(C, C)
        self.g, self.u, self.d = lin(C, N), lin(C, N), lin(N, C)
    def forward(self, x):
        h = self.n1(x)
        q = turn(self.q(h).view(B, T, H, D).transpose(1, 2)); k = turn(self.k(h).view(B, T, G, D).transpose(1, 2))
        v = self.v(h).view(B, T, G, D).transpose(1, 2)
        if hasattr(F, 'scaled_dot_product_attention'):
            y = F.scaled_dot_product_attention(q, k.repeat_interleave(H // G, 1), v.repeat_interleave(H // G, 1), is_causal=True)
        else:
            y = ((q @ k.repeat_interleave(H // G, 1).transpose(-1, -2)) / D ** 0.5 + mask).softmax(-1) @ v.repeat_interleave(H // G, 1)
        x = x + self.o(y.transpose(1, 2).reshape(B, T, C)); h = self.n2(x)
        return x + self.d(F.silu(self.g(h)) * self.u(h))
class Model(nn.Module):
    def __init__(self):
        super().__init__(); self.e = nn.Embedding(V, C); self.layers = nn.ModuleList(Layer() for _ in range(L)); self.n = Norm()
    def forward(self, ids):
        x = self.e(ids)
        for layer in self.layers: x = layer(x)
        return self.n(x) @ self.e.weight.t()
torch.set_num_threads(c['threads']); torch.manual_seed(1); m = Model().to(dev)
try: opt = torch.optim.AdamW(m.parameters(), 1e-3, fused=True)
except Exception: opt = torch.optim.AdamW(m.parameters(), 1e-3, foreach=True)
ids, y = torch.randint(V, (B, T)).to(dev), torch.randint(V, (B, T)).to(dev)
times = []
for i in range(14):
    t = time.perf_counter(); loss = F.cross_entropy(m(ids).view(-1, V), y.view(-1)); loss.backward()
    torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0); opt.step(); opt.zero_grad(set_to_none=True)
    if dev == 'cuda': torch.cuda.synchronize()
    times.append(time.perf_counter() - t)
print(json.dumps({'seconds': sorted(times[2:])[6], 'version': torch.__version__}))
`;

/** Seconds a step of B sequences of T tokens; undefined where there is no PyTorch, or no card for it. */
export function torchSpeed(
  config: ModelConfig,
  { B, T }: { readonly B: number; readonly T: number },
  device: 'cpu' | 'cuda' = 'cpu',
): { seconds: number; version: string } | undefined {
  const sizes = JSON.stringify({ ...config, B, T, device, threads: availableParallelism() });
  const child = spawnSync(process.env.PYTHON ?? 'python3', ['-c', program, sizes], { encoding: 'utf8' });
  return child.status === 0 ? JSON.parse(child.stdout) : undefined;
}
