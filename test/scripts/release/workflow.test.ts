import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join, matchesGlob } from 'node:path';
import { describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { requireCommand } from '../../../scripts/debian/command.ts';
import { projectRoot } from '../../../scripts/native/project.ts';
import { TARGETS } from '../../../scripts/native/recipe.ts';
import { listReleaseFiles, SUMS } from '../../../scripts/release/files.ts';
import { SIGNATURE_NAMESPACE } from '../../../scripts/release/sums.ts';
import { unpackPackages } from '../../support/debian-files.ts';
import { PYTHON } from '../../support/python.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly needs?: string;
  readonly steps: readonly Step[];
}

const file = join(projectRoot, '.github/workflows/release.yml');
/** Of files that the workflow itself makes. */
const more = [SUMS, 'release-notes.md'];

async function readWorkflow() {
  const packages = join(await unpackPackages(['python3-yaml']), 'usr/lib/python3/dist-packages');
  const code = 'import json, sys, yaml; print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))';
  const text = await requireCommand('Reading the workflow', PYTHON, ['-c', code, file], {
    env: { PYTHONPATH: packages },
  });
  return JSON.parse(text) as { on: unknown; permissions: unknown; jobs: Record<'build' | 'publish', Job> };
}

const { on, permissions, jobs } = await readWorkflow();
const { build, publish } = jobs;
const steps = [...build.steps, ...publish.steps];
const runs = (job: Job): string => job.steps.map(({ run = '' }) => run).join('\n');

describe('the workflow of a release', () => {
  test('starts at a tag of a version alone', () => {
    assert.deepEqual(on, { push: { tags: ['v*'] } });
    assert.equal(publish.needs, 'build');
  });

  test('gives the right to write to the job that runs no code of the project', () => {
    assert.deepEqual(permissions, {});
    assert.deepEqual(build.permissions, { contents: 'read' });
    assert.deepEqual(publish.permissions, { contents: 'write', 'id-token': 'write', attestations: 'write' });
    assert.ok(!publish.steps.some(({ uses }) => uses?.startsWith('actions/checkout@')));
    assert.doesNotMatch(runs(publish), /\bnpm\b|\bnode\b|scripts\//);
    const checkout = build.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    assert.deepEqual(checkout?.with, { 'fetch-depth': '0', 'persist-credentials': 'false' });
  });

  test('uses actions of GitHub alone, each of a fixed major version', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    assert.ok(used.length >= 4);
    for (const one of used) assert.match(one, /^actions\/[a-z-]+@v\d+$/);
    assert.ok(used.some((one) => one.startsWith('actions/attest-build-provenance@')));
  });

  test('tests, then publishes all files of a build, and no other', () => {
    const upload = build.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    const patterns = String(upload?.with?.['path']).trim().split(/\s+/);
    const files = [...listReleaseFiles(TARGETS, '1.2.3-rc.1'), ...more].map((name) => `dist/${name}`);
    for (const path of files) assert.equal(patterns.filter((pattern) => matchesGlob(path, pattern)).length, 1, path);
    for (const pattern of patterns)
      assert.ok(
        files.some((path) => matchesGlob(path, pattern)),
        pattern,
      );
    const index = (text: string): number => build.steps.findIndex(({ run }) => run?.includes(text));
    assert.ok(index('.ci/run') >= 0);
    assert.ok(index('npm run build') > index('.ci/run'));
  });

  test('starts scripts that exist, and signs what install.sh verifies', async () => {
    const paths = [...runs(build).matchAll(/(?:^|\s)((?:scripts|\.ci)\/\S+)/g)].map(([, path = '']) => path);
    assert.ok(paths.length >= 3);
    for (const path of paths) await access(join(projectRoot, path));
    for (const [, name = ''] of runs(build).matchAll(/npm run (\S+)/g)) assert.ok(name in packageJson.scripts, name);
    assert.ok(runs(publish).includes(`-n ${SIGNATURE_NAMESPACE} ${SUMS}\n`));
    assert.match(
      await readFile(join(projectRoot, 'scripts/install/arguments.sh'), 'utf8'),
      new RegExp(`^namespace=${SIGNATURE_NAMESPACE}$`, 'm'),
    );
    const attest = publish.steps.find(({ uses }) => uses?.startsWith('actions/attest-'));
    assert.deepEqual(attest?.with, { 'subject-checksums': SUMS });
  });

  test('has steps that a shell can read', async () => {
    for (const { run } of steps) if (run !== undefined) await requireCommand(`Reading ${run}`, 'sh', ['-n', '-c', run]);
  });
});
