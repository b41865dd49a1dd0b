/**
 * npm runs this before the dependencies' own install scripts. onnxruntime-node's would download its CUDA libraries (some 300 MB,
 * Linux x64) from a host that is not npm's, and fail where that cannot be reached. It downloads nothing if the files are there, so
 * empty ones are put in their place; tabletalk takes an empty file for no library. To have CUDA, set ONNXRUNTIME_NODE_INSTALL=cuda12.
 */
const { existsSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const libraries = ['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`);

function binaries() {
  try {
    const folder = dirname(require.resolve('onnxruntime-node/package.json'));
    return join(folder, 'bin', 'napi-v6', process.platform, process.arch);
  } catch {
    return undefined;
  }
}

// In a clone of tabletalk itself the dependencies are not there yet: its .npmrc and allowScripts do this.
const isOwnClone = process.env.npm_config_local_prefix === process.cwd();
const asksForMore = process.env.ONNXRUNTIME_NODE_INSTALL || process.env.npm_config_onnxruntime_node_install;
const folder = isOwnClone || asksForMore || process.platform !== 'linux' ? undefined : binaries();
if (folder && existsSync(folder)) {
  for (const file of libraries.map((name) => join(folder, name))) {
    try {
      writeFileSync(file, '', { flag: 'wx' });
    } catch {
      // It is there, or the folder is read-only: onnxruntime-node's script says what it needs.
    }
  }
}
