import type { Plugin } from 'esbuild';

const namespace = 'lazy-imports';

/** Parts of Node that --help and most runs have no use for, and that take milliseconds to load. */
const builtins = [
  'node:child_process',
  'node:crypto',
  'node:dgram',
  'node:dns/promises',
  'node:fs/promises',
  'node:http',
  'node:https',
  'node:net',
  'node:tls',
  'node:zlib',
];
const packages = ['@nats-io/jetstream', '@nats-io/transport-node', 'log-update', 'qr', 'qr/decode.js'];
const lazy = new Set([...builtins, ...packages]);

/**
 * Has a program load these modules when it first uses something of them, rather than at its start.
 * The sources go on to import them at the top.
 */
export const lazyImports: Plugin = {
  name: namespace,
  setup(build) {
    build.onResolve({ filter: /^(node:|@?[a-z])/ }, ({ path, importer, namespace: from }) => {
      const isOurs = from === 'file' && !importer.includes('/node_modules/');
      return isOurs && lazy.has(path) ? { path, namespace } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
      return {
        contents: reexport(path, await listExports(path)),
        loader: 'js',
        resolveDir: build.initialOptions.absWorkingDir ?? '',
      };
    });
  },
};

/** Those of a name that an `import` can use: Node adds `module.exports`. */
async function listExports(path: string): Promise<string[]> {
  const names = Object.keys((await import(path)) as object);
  return names.filter((name) => /^\w+$/.test(name) && name !== 'default');
}

/** A CommonJS module, as esbuild copies the getters of such a module without calling them. */
function reexport(path: string, names: readonly string[]): string {
  const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
  return `let loaded;
const load = () => (loaded ??= require(${JSON.stringify(path)}));
module.exports = { __esModule: true, ${getters.join(', ')} };
`;
}
