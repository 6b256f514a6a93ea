import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import packageLock from '../../../package-lock.json' with { type: 'json' };
import { NODE_VERSION } from '../../../scripts/native/node.ts';
import { SOURCE_PINS } from '../../../scripts/native/recipe.ts';
import { formatSbom } from '../../../scripts/release/sbom.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly licenses?: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly purl: string;
  readonly cpe?: string;
  readonly externalReferences?: readonly { readonly hashes: readonly { readonly content: string }[] }[];
  readonly components?: readonly Component[];
}

const input = {
  ...{ version: '1.2.3', commit: 'abcdef123456', timeSeconds: 1_790_000_000 },
  bundles: [
    { program: 'image-sender', packages: ['cliui/node_modules/emoji-regex', 'yargs'] },
    { program: 'image-receiver', packages: ['@nats-io/jetstream', 'cliui', 'yargs'] },
  ],
};
const text = await formatSbom(input);
const bom = JSON.parse(text);
const components: readonly Component[] = bom.components;
const nested = packageLock.packages['node_modules/cliui/node_modules/emoji-regex'];
const find = (name: string): Component => components.find((one) => one.name === name) ?? assert.fail(name);

describe('the bill of materials', () => {
  test('is CycloneDX of the commit, and the same each time', async () => {
    assert.equal(bom.bomFormat, 'CycloneDX');
    assert.equal(bom.specVersion, '1.6');
    assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(bom.metadata.timestamp, '2026-09-21T14:13:20Z');
    assert.deepEqual(bom.metadata.component.properties, [{ name: 'image-socket:commit', value: 'abcdef123456' }]);
    assert.equal(await formatSbom(input), text);
    const other = JSON.parse(await formatSbom({ ...input, version: '1.2.4' }));
    assert.notEqual(other.serialNumber, bom.serialNumber);
  });

  test('has the npm packages with versions, licences and package addresses', () => {
    const { version, purl, licenses } = find('yargs');
    assert.equal(version, packageJson.devDependencies.yargs);
    assert.equal(purl, `pkg:npm/yargs@${version}`);
    assert.deepEqual(licenses, [{ license: { id: 'MIT' } }]);
    // Other packages have another version of it.
    assert.equal(find('emoji-regex').version, nested.version);
    assert.ok(packageLock.packages['node_modules/emoji-regex'].version !== nested.version);
    const scoped = find('jetstream');
    assert.equal(scoped.group, '@nats-io');
    assert.equal(scoped.purl, `pkg:npm/%40nats-io/jetstream@${scoped.version}`);
  });

  test('has the native parts of the recipe, with names that lists of holes know', () => {
    for (const [name, pin] of Object.entries(SOURCE_PINS)) {
      const part = find(name);
      assert.equal(part.version, pin.version);
      assert.match(part.cpe ?? '', new RegExp(`:${pin.version.replace(/-.*/, '')}:`));
      const sums = part.externalReferences?.map(({ hashes }) => hashes[0]?.content);
      assert.deepEqual(
        sums,
        pin.files.map(([, sum]) => sum),
      );
    }
    assert.deepEqual(find('libjpeg-turbo').licenses, [{ expression: 'IJG AND BSD-3-Clause AND Zlib' }]);
    for (const name of ['opencv4nodejs', 'nan', 'libstdc++']) assert.match(find(name).version, /^\d/);
  });

  test('has Node, with the libraries inside', () => {
    const node = find('node');
    assert.equal(node.version, NODE_VERSION);
    const inside = new Map(node.components?.map(({ name, version }) => [name, version]));
    for (const name of ['openssl', 'v8', 'uv', 'zlib', 'undici']) assert.match(inside.get(name) ?? name, /^\d+\./);
    assert.ok(!inside.has('modules'));
    for (const [name, version] of inside) assert.notEqual(version, '', name);
  });

  test('says which program has which parts, by references that exist and are unique', () => {
    const all = [bom.metadata.component, ...components, ...components.flatMap((one) => one.components ?? [])];
    const references = all.map((one: Component) => one['bom-ref']);
    assert.deepEqual([...new Set(references)], references);
    const rows: { ref: string; dependsOn: string[] }[] = bom.dependencies;
    for (const { ref, dependsOn } of rows)
      for (const one of [ref, ...dependsOn]) assert.ok(references.includes(one), one);
    const sender = rows.find(({ ref }) => ref === 'image-socket:image-sender')?.dependsOn.join(' ') ?? '';
    assert.match(sender, /yargs/);
    assert.match(sender, /opencv@/);
    assert.doesNotMatch(sender, /jetstream/);
    for (const one of all as Component[]) assert.doesNotMatch(`${one.name} ${one.version}`, /undefined|unknown/);
  });
});
