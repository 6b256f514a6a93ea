import type { Plugin } from 'esbuild';

const namespace = 'quick-width';

/**
 * Spares the help the package `string-width`, whose tables of emoji take as long to load as all of
 * Node: the width of printable ASCII is its length. Any other text still goes to the package.
 */
export const quickWidth: Plugin = {
  name: namespace,
  setup(build) {
    build.onResolve({ filter: /^string-width$/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === namespace) return undefined;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: namespace });
      return { ...found, namespace };
    });
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: measureAsciiOr(path), resolveDir: '/' }));
  },
};

function measureAsciiOr(path: string): string {
  return `const isAscii = (text) => /^[ -~]*$/.test(text);
export default (text, options) => (isAscii(text) ? text.length : require(${JSON.stringify(path)}).default(text, options));
`;
}
