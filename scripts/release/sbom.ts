import { createHash } from 'node:crypto';
import { listNativeParts, listNodeParts, listNpmParts, type Part } from './parts.ts';

export interface SbomInput {
  readonly version: string;
  /** As `readCommit` names it. */
  readonly commit: string | undefined;
  /** Of that commit, since 1970. */
  readonly timeSeconds: number;
  /** Each program, and the npm packages inside: folders below node_modules. */
  readonly bundles: readonly { readonly program: string; readonly packages: readonly string[] }[];
}

/** The programs and all that is inside, as CycloneDX 1.6 has it. The same input gives the same bytes. */
export async function formatSbom({ version, commit, timeSeconds, bundles }: SbomInput): Promise<string> {
  const folders = [...new Set(bundles.flatMap(({ packages }) => packages))].sort();
  const [npm, native, node] = [await listNpmParts(folders), await listNativeParts(), await listNodeParts()];
  const own = (name: string, type = 'application') => ({
    type,
    'bom-ref': `image-socket:${name}`,
    name,
    version,
    licenses: [{ license: { id: 'MIT' } }],
    purl: `pkg:generic/image-socket/${name}@${encodeURIComponent(version)}`,
  });
  const programs = [...bundles.map(({ program }) => program), 'image-sender-lite'];
  const shared = [...native.map(refer), refer(node)];
  const root = own('image-socket');
  const content = {
    version: 1,
    metadata: {
      timestamp: new Date(timeSeconds * 1000).toISOString().replace('.000', ''),
      component: { ...root, properties: [{ name: 'image-socket:commit', value: commit ?? 'unknown' }] },
    },
    components: [...programs.map((name) => own(name)), ...unique([node, ...native, ...npm]).map(formatPart)],
    dependencies: [
      { ref: root['bom-ref'], dependsOn: programs.map((name) => own(name)['bom-ref']) },
      ...bundles.map(({ program, packages }) => ({
        ref: own(program)['bom-ref'],
        dependsOn: [...shared, ...new Set(npm.filter((_, i) => packages.includes(folders[i] ?? '')).map(refer))],
      })),
    ],
  };
  return `${JSON.stringify({ $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: deriveSerial(content), ...content }, null, 2)}\n`;
}

/** Two packages may have their own copies of a third. */
function unique(parts: readonly Part[]): Part[] {
  return [...new Map(parts.map((part) => [refer(part), part])).values()];
}

function refer({ purl }: Part): string {
  return purl;
}

function formatPart(part: Part): object {
  const { name, version, licence, purl, cpe, sources, note, inside } = part;
  const [, group, short = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return {
    type: 'library',
    'bom-ref': refer(part),
    ...(group === undefined ? {} : { group }),
    name: short,
    version,
    ...(licence === undefined ? {} : { licenses: [formatLicence(licence)] }),
    ...(cpe === undefined ? {} : { cpe }),
    purl,
    ...(note === undefined ? {} : { pedigree: { notes: note } }),
    ...(sources === undefined ? {} : { externalReferences: sources.map(formatSource) }),
    ...(inside === undefined ? {} : { components: inside.map(formatPart) }),
  };
}

/** @param text an SPDX identifier or expression */
function formatLicence(text: string): object {
  return / /.test(text) ? { expression: text } : { license: { id: text } };
}

function formatSource([url, content]: readonly [string, string]): object {
  return {
    type: 'source-distribution',
    url,
    comment: "A path in Debian's archive",
    hashes: [{ alg: 'SHA-256', content }],
  };
}

/** A UUID of version 8: the content alone shapes it. */
function deriveSerial(content: object): string {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const variant = 'ab89'[Number.parseInt(hex.slice(16, 17), 16) % 4];
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${groups.join('-')}`;
}
