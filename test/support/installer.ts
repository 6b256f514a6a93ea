import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { runCommand } from '../../scripts/debian/command.ts';
import { PYTHON } from './python.ts';

/** Programs that install.sh may use, without curl, wget and those that install packages. */
const tools = [
  ...['sh', 'cat', 'chmod', 'cp', 'df', 'dirname', 'env', 'getconf', 'grep', 'head', 'ln', 'mkdir', 'mktemp'],
  ...['mv', 'python3', 'readlink', 'rm', 'sed', 'sha256sum', 'ssh-keygen', 'tail', 'tar', 'uname', 'xz'],
];

export interface InstallerResult {
  readonly code: number;
  readonly stdout: string;
  /** Lines. */
  readonly errors: readonly string[];
}

/** Runs install.sh where it finds no programs but those that are put into its PATH. */
export class InstallerMachine {
  /** Its programs: the whole PATH. */
  readonly bin: string;
  readonly home: string;
  readonly #shell: string;
  readonly #folder: string;

  private constructor(folder: string, shell: string) {
    this.#folder = folder;
    this.bin = join(folder, 'programs');
    this.home = join(folder, 'home');
    this.#shell = shell;
  }

  /**
   * @param folder a new one
   * @param more programs beside those that every machine has
   * @param busybox the program that does the work of all of them, and of the shell
   */
  static async make(folder: string, more: readonly string[], busybox?: string): Promise<InstallerMachine> {
    const machine = new InstallerMachine(folder, busybox === undefined ? '/usr/bin/dash' : join(folder, 'programs/sh'));
    await mkdir(machine.bin, { recursive: true });
    await mkdir(machine.home);
    const own = new Set(['env', 'getconf', 'python3', 'ssh-keygen']);
    for (const tool of [...tools, ...more]) {
      if (busybox !== undefined && own.has(tool)) continue;
      const found =
        busybox ?? (tool === 'python3' ? PYTHON : (await runCommand('sh', ['-c', `command -v ${tool}`])).stdout.trim());
      // A word of the shell itself has no path.
      if (found.startsWith('/')) await symlink(found, join(machine.bin, tool));
    }
    await machine.addProgram('id', 'echo 1000');
    await machine.addProgram('uname', 'case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac');
    return machine;
  }

  /** Adds a program that is a shell script, or changes it. */
  async addProgram(name: string, script: string): Promise<void> {
    const path = join(this.bin, name);
    await runCommand('rm', ['-f', path]);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** Adds apt-get, dpkg and dpkg-query, which do nothing; `aptCalls` tells the calls of the first. */
  async addApt(architecture = 'amd64', script = ''): Promise<void> {
    await this.addProgram('apt-get', `echo "$@" >>'${this.#folder}/apt-calls'\n${script}`);
    await this.addProgram('dpkg', `echo ${architecture}`);
    await this.addProgram('dpkg-query', 'exit 1');
  }

  async aptCalls(): Promise<string> {
    return readFile(join(this.#folder, 'apt-calls'), 'utf8').catch(() => '');
  }

  /** @param script of install.sh */
  async run(script: string, ...args: readonly string[]): Promise<InstallerResult> {
    const { child, result } = this.start(script, ...args);
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    try {
      return await result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Starts it in a process group of its own, as a terminal does. */
  start(script: string, ...args: readonly string[]) {
    const env = { PATH: this.bin, HOME: this.home, LC_ALL: 'C' };
    const child = spawn(this.#shell, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    const result = once(child, 'close').then(([code]): InstallerResult => {
      process.off('exit', kill);
      return {
        code: code ?? -1,
        stdout: output.stdout,
        errors: output.stderr.split('\n').filter((line) => line !== ''),
      };
    });
    return { child, result };
  }
}

/** The paths of everything below a folder, sorted. A link is one entry. */
export async function listTree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
}
