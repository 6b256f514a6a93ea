import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type AptConfig, runApt, writeAptConfig } from './apt-config.ts';
import { lastWords, runCommand } from './command.ts';

const APT_HELPER = '/usr/lib/apt/apt-helper';

/** See Archive.fetchPool. APT's own downloader is used, so that its proxies, mirror lists and certificates hold. */
export async function fetchPoolFile(
  config: AptConfig,
  poolPath: string,
  sha256: string,
  directory: string,
): Promise<string> {
  const target = join(directory, basename(poolPath));
  if (existsSync(target) && (await hashFile(target)) === sha256) return target;
  await mkdir(directory, { recursive: true });
  const part = `${target}.part-${process.pid}`;
  let words = 'no mirror has it';
  for (const address of listAddresses(config, poolPath)) {
    const fetched = await runCommand(APT_HELPER, ['download-file', address, part, `SHA256:${sha256}`], {
      env: config.env,
    });
    if (fetched.status === 0 && (await hashFile(part)) === sha256) {
      await rename(part, target);
      return target;
    }
    words = `${fetched.stdout} ${lastWords(fetched)}`;
    await rm(part, { force: true });
    await rm(`${part}.FAILED`, { force: true });
    if (!/\b404\b/.test(words))
      throw new Error(`Cannot fetch ${poolPath} from Debian's archive: ${lastWords(fetched)}`);
  }
  throw new Error(await describeMovedPin(config, poolPath));
}

/** A file of a security update is in either archive, or for a while in both; its sum tells that it is the same. */
function listAddresses(config: AptConfig, poolPath: string): string[] {
  const path = poolPath.replace('pool/updates/', 'pool/').replaceAll('+', '%2b');
  const { main, security } = config.mirrors;
  const addresses = [`${main}/${path}`];
  if (security !== undefined) addresses.push(`${security}/${path.replace('pool/', 'pool/updates/')}`);
  return addresses;
}

/** The SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function describeMovedPin(config: AptConfig, poolPath: string): Promise<string> {
  const name = poolPath.split('/').at(-2) ?? '';
  const gone = `The pin ${poolPath} moved: Debian's archive no longer has this file`;
  const version = await findSourceVersion(config, name).catch((error: unknown) => `unknown (${String(error)})`);
  return `${gone}; ${config.suite}'s current ${name} is ${version}: put its file names and SHA-256 into scripts/native/recipe.ts`;
}

/** The version of a source package in the suite now: its newest, with its files and their sums. */
async function findSourceVersion(config: AptConfig, name: string): Promise<string> {
  const withSources = await writeAptConfig({ suite: config.suite, arch: config.arch, sources: true });
  const uris = await runApt(withSources, ['source', '--print-uris', '--only-source', '--download-only', name]);
  // Each line: 'address' file-name size SHA256:sum.
  const files = [...uris.matchAll(/^'[^']+' (\S+) \d+ SHA256:([0-9a-f]{64})/gm)];
  const dsc = files.find(([, file]) => file?.endsWith('.dsc'))?.[1] ?? '';
  const tarballs = files.filter(([, file]) => file?.includes('.tar.') && !file.endsWith('.asc'));
  const listed = tarballs.map(([, file, sum]) => `${file} ${sum}`).join(', ');
  return `${dsc.replace(/^[^_]*_|\.dsc$/g, '')} (${listed})`;
}
