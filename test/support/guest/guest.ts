import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from '../../../scripts/debian/install.ts';
import { Child } from '../child.ts';
import { type CpioEntry, describeFile, listFolder, writeCpio } from './cpio.ts';
import { buildGuestSystem } from './system.ts';

export interface GuestJob {
  /** Host folder that the guest sees, copied, as /package. */
  packageDirectory: string;
  /**
   * The script that the guest runs with BusyBox's sh, as root, in the folder /; /dev/video0 is there after
   * `modprobe vivid n_devs=1 node_types=0x1`, the host's loopback is 10.0.2.2,
   * or `host`. Its last status is the run's.
   */
  script: string;
  /** Milliseconds for all of it, boot included; throws past them. */
  timeoutMs: number;
  /** More files: absolute path in the guest to path on the host. */
  files?: Record<string, string>;
  /** Called with each line of the console as it comes. */
  onLine?: (line: string) => void;
}

const MEMORY_MIB = 2048;
const STATUS_LINE = /^guest: job ended with (\d+)$/;
const MACHINE = ['-M', 'virt', '-cpu', 'cortex-a72', '-smp', '2', '-m', String(MEMORY_MIB), '-nographic', '-no-reboot'];
// Without romfile= the card wants a boot ROM of another package.
const NETWORK = ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='];

const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin /proc /sys /dev /tmp
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec </dev/null >/dev/console 2>&1
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp LANG=C.UTF-8
dmesg -n 1
printf '127.0.0.1 localhost\\n10.0.2.2 host\\n' >/etc/hosts
modprobe -a virtio_pci virtio_net
ifconfig lo 127.0.0.1 up
ifconfig eth0 10.0.2.15 up && route add default gw 10.0.2.2
echo "guest: ready"
# Through a pipe: the job must not take the console for a terminal, nor hold up the end with what it leaves running.
mkfifo /console
{ sh /job.sh; echo "guest: job ended with $?"; } >/console 2>&1 </dev/null &
awk '{ print; fflush() } /^guest: job ended with/ { exit }' </console
# Setting the port waits until it has sent all.
stty -F /dev/console sane
poweroff -f
`;

/**
 * Boots Debian's arm64 kernel in QEMU, runs the script there and powers off. `output` is all that the console showed,
 * the job's lines among it; throws where the time passes or the guest ends without the job's status.
 */
export async function runGuest(job: GuestJob): Promise<{ output: string; status: number }> {
  const started = Date.now();
  await installPackages(['qemu-system-arm'], 'the arm64 guest');
  const system = await buildGuestSystem();
  const directory = await mkdtemp(join(tmpdir(), 'image-socket-guest-'));
  try {
    const initramfs = join(directory, 'initramfs');
    await writeCpio(await listGuestFiles(job, system.root), initramfs);
    const kernel = ['-kernel', system.kernel, '-append', 'console=ttyAMA0 quiet panic=-1 rdinit=/init'];
    await using qemu = new Child(
      'qemu-system-aarch64',
      [...MACHINE, ...NETWORK, ...kernel, '-initrd', initramfs],
      job.onLine === undefined ? {} : { onLine: job.onLine },
    );
    // The first use's downloads and installations are not the job's time.
    const { code, signal } = await qemu.wait(job.timeoutMs);
    const lines = [...qemu.lines('stdout')];
    const status = lines.map((line) => line.match(STATUS_LINE)?.[1]).find((found) => found !== undefined);
    const output = lines.join('\n');
    if (status === undefined) {
      const end = `QEMU ended with ${code ?? signal} after ${Date.now() - started} ms`;
      const errors = qemu.lines('stderr').join('\n');
      throw new Error(`The arm64 guest's job gave no status: ${end}; it said:\n${output.slice(-2_000)}\n${errors}`);
    }
    return { output, status: Number(status) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function listGuestFiles(job: GuestJob, root: string): Promise<CpioEntry[]> {
  const files = Object.entries(job.files ?? {}).map(([path, host]) => describeFile(host, path.replace(/^\/+/, '')));
  return [
    { path: 'init', kind: 'file', mode: 0o755, source: { text: INIT } },
    { path: 'job.sh', kind: 'file', mode: 0o755, source: { text: job.script } },
    ...(await listFolder(root, '')),
    ...(await listFolder(job.packageDirectory, 'package')),
    ...(await Promise.all(files)),
  ];
}
